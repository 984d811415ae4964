// Who gets the page, and who gets what came before it.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { answered, headline, visit } from '../browser.js';
import { KEY } from '../servers.js';

const run = promisify(execFile);

export const checks = {
  async 'a key is asked for, taken, and forgotten'(browser, { locked }) {
    const page = await visit(browser, `${locked}/`);
    assert.ok(!(await page.content()).includes('Iris'), 'nothing of the model is told');
    await page.locator('#key').fill('wrong');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.getElementById('key-error').textContent !== '');
    await page.locator('#key').fill(KEY);
    await page.keyboard.press('Enter');
    await answered(page);
    assert.match(await headline(page), /setosa/);
    assert.ok(!(await page.content()).includes(KEY), 'the key stands nowhere on the page');
    assert.deepEqual(await page.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie]), [0, 0, '']);
    const question = (await page.locator('#call-panel').innerText()).replace('$CANOPY_KEY', KEY);
    const { stdout } = await run('bash', ['-c', question]);
    assert.equal(JSON.parse(stdout).prediction, 0);
    await page.locator('#lock').click();
    await page.locator('#key-form').waitFor();
    assert.ok(!(await page.content()).includes('Iris'), 'what was told with the key is gone');
    assert.ok(await page.locator('#model-area').isHidden());
  },

  async 'programs and health checks get what they got'(browser, { open, locked }) {
    const get = (address, accept, more) => fetch(address, { headers: { ...(accept ? { accept } : {}), ...more } });
    assert.equal((await (await get(`${open}/`, '*/*')).json()).status, 'alive');
    assert.match(await (await get(`${open}/`, 'text/plain')).text(), /^Boston house prices/);
    assert.equal((await get(`${locked}/`, 'application/json')).status, 401);
    assert.equal((await get(`${locked}/`, 'application/json', { 'x-api-key': KEY })).status, 200);
    const file = await get(`${open}/playground/main.js`);
    const again = await get(`${open}/playground/main.js`, null, { 'if-none-match': file.headers.get('etag') });
    assert.equal(again.status, 304);
    assert.equal((await get(`${open}/playground/nothing.js`)).status, 404);
  },
};

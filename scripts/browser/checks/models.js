// Which model is shown, and what it says of itself.

import assert from 'node:assert/strict';
import { answered, field, headline, playground, settled } from '../browser.js';

export const checks = {
  async 'versions and aliases are changed on the page'(browser, { open }) {
    const page = await playground(browser, `${open}/`);
    await settled(page);
    assert.match(await page.locator('#answer-body').innerText(), /version 2 answered/);
    assert.match(await page.locator('#version').innerText(), /champion → 1/);
    await field(page, 'RM').locator('input[type=number]').fill('7');
    await page.locator('#version').selectOption('champion');
    await page.waitForFunction(() => document.getElementById('answer-body').textContent.includes('version 1 answered'));
    assert.equal(await field(page, 'RM').locator('input[type=number]').inputValue(), '7');
    await settled(page);
    assert.match(await page.locator('#call-panel').innerText(), /versions\/champion\/predict/);
    await page.reload();
    await answered(page);
    assert.match(await page.locator('#answer-body').innerText(), /version 1 answered/);
  },

  async 'the card and the live figures tell of the model'(browser, { open }) {
    const page = await playground(browser, `${open}/?model=iris`);
    const card = await page.locator('#card').innerText();
    for (const text of ['iris version 1', 'trained on', 'accuracy', 'petal length', 'n_estimators', 'random_forest'])
      assert.ok(card.includes(text), text);
    await page.locator('#card summary').click();
    assert.match(await page.locator('#card details').innerText(), /Length of the sepal/);
    await page.locator('#live').scrollIntoViewIfNeeded();
    await page.locator('#server-figures td').first().waitFor();
    assert.match(await page.locator('#latency').innerText(), /Half of \d+ requests took at most [\d.]+ ms/);
    assert.ok((await page.locator('#live circle.sample').count()) >= 2);
  },

  async 'drift is shown where the server tells of it'(browser, { open }) {
    const page = await playground(browser, `${open}/`);
    const column = { name: 'RM', verdict: 'drifted', causes: ['psi'], psi: 0.61, never_seen: 0.02 };
    const features = [{ ...column, name: 'NOX', verdict: 'as_before', causes: [], psi: 0.01, never_seen: 0 }, column];
    await page.route('**/drift', (route) => route.fulfill({ json: { state: 'drift', rows: 4321, features, predictions: null } }));
    await page.locator('#live').scrollIntoViewIfNeeded();
    await page.locator('.drift li').first().waitFor();
    assert.match(await page.locator('#drift').innerText(), /4,321 rows are others[^]*RM[^]*0.61 drifted[^]*NOX[^]*0.01 as before/);
  },

  async 'a model that knows nothing of its training data is asked as well'(browser, { open }) {
    const page = await playground(browser, `${open}/?model=imported`);
    await settled(page);
    assert.match(await headline(page), /^[\d.]+$/);
    assert.ok(await page.locator('#why').isHidden());
    assert.equal(await page.locator('#curve path.line').count(), 1);
    assert.match(await page.locator('#card').innerText(), /states no quality/);
    await field(page, 'x5').locator('input[type=number]').fill('7.5');
    await settled(page);
    assert.doesNotMatch(await headline(page), /refused|No answer/);
  },
};

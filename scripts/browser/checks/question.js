// The question and its answer: every control, what is refused, why, what if, and the same from code.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { asked, field, headline, playground, settled, withoutPause } from '../browser.js';

const run = promisify(execFile);

export const checks = {
  async 'the first answer is that of the API'(browser, { open }) {
    const page = await playground(browser, `${open}/`);
    await settled(page);
    const row = JSON.parse((await page.locator('#call-panel').innerText()).match(/-d '([^]*)'/)[1]);
    const answer = await asked(`${open}/predict?interval=0.9&explain=true`, row);
    assert.match(await headline(page), new RegExp(`^${Number(answer.prediction.toPrecision(4))}\\s*1000 \\$`));
    // The row is one of the training data, the nearest to the middle of those that were kept.
    const model = await (await fetch(`${open}/v1/model`)).json();
    assert.ok(
      model.examples.some((example) => model.features.every(({ identifier }, place) => row[identifier] === example[place])),
    );
    const text = await page.locator('#answer-body').innerText();
    assert.match(text, /With 90 % certainty between/);
    assert.equal(await page.locator('#waterfall svg').count(), 1);
    assert.equal(await page.locator('#curve svg path.line').count(), 1);
    assert.equal(await page.locator('#curve svg path.band').count(), 1);
  },

  async 'a number is answered while it is typed, and older questions are dropped'(browser, { open }) {
    const page = await playground(browser, `${open}/`);
    await settled(page);
    const before = await headline(page);
    let questions = 0;
    page.on('request', (request) => (questions += request.url().includes('explain=true') ? 1 : 0));
    await withoutPause(page, async () => {
      await field(page, 'RM').locator('input[type=number]').pressSequentially('8');
      await field(page, 'RM').locator('input[type=number]').fill('8.1');
    });
    await settled(page);
    assert.notEqual(await headline(page), before);
    assert.equal(questions, 1);
    assert.equal(await field(page, 'RM').locator('input[type=range]').inputValue(), '8.1');
    await field(page, 'RM').locator('input[type=range]').fill('5');
    await settled(page);
    assert.equal(await field(page, 'RM').locator('input[type=number]').inputValue(), '5');
  },

  async 'a bad value is told at its field, a strange one as a warning'(browser, { open }) {
    const page = await playground(browser, `${open}/?model=payment`);
    const distance = field(page, 'trip_distance');
    await distance.locator('input[type=number]').fill('-3');
    await field(page, 'passenger_count').locator('input[type=number]').fill('1.5');
    await settled(page);
    assert.match(await distance.locator('.fault').innerText(), /out of bounds: a number of at least 0, not -3/);
    assert.match(await field(page, 'passenger_count').locator('.fault').innerText(), /not of the right type/);
    assert.equal(await distance.locator('input[type=number]').getAttribute('aria-invalid'), 'true');
    assert.match(await headline(page), /2 values are refused/);
    await distance.locator('input[type=number]').fill('3000');
    await field(page, 'passenger_count').locator('input[type=number]').fill('2');
    await settled(page);
    assert.match(await distance.locator('.fault').innerText(), /outside the range seen in training/);
    assert.equal(await distance.locator('input[type=number]').getAttribute('aria-invalid'), null);
    assert.doesNotMatch(await headline(page), /refused/);
    await field(page, 'fare_amount').locator('input[type=number]').fill('');
    await settled(page);
    assert.match(await field(page, 'fare_amount').locator('.fault').innerText(), /a value is required: a number/);
  },

  async 'every kind of feature has its control'(browser, { open }) {
    const page = await playground(browser, `${open}/?model=payment`);
    const sent = async (change) => {
      const request = page.waitForRequest((request) => request.url().includes('explain=true'));
      await change();
      return JSON.parse((await request).postData());
    };
    assert.equal((await sent(() => field(page, 'color').locator('select').selectOption({ label: 'green' }))).color, 'green');
    assert.equal((await sent(() => field(page, 'VendorID').locator('select').selectOption({ label: '1' }))).VendorID, 1);
    assert.equal((await sent(() => field(page, 'store_and_fwd_flag').locator('.switch').check())).store_and_fwd_flag, true);
    assert.equal((await sent(() => field(page, 'store_and_fwd_flag').getByLabel('missing').check())).store_and_fwd_flag, null);
    assert.equal((await sent(() => field(page, 'trip_distance').getByLabel('missing').check())).trip_distance, null);
    assert.ok(await field(page, 'trip_distance').locator('input[type=number]').isDisabled());
    assert.equal((await sent(() => field(page, 'PULocationID').locator('input').fill('77'))).PULocationID, 77);
    assert.ok((await field(page, 'PULocationID').locator('datalist option').count()) > 50);
    assert.equal(await field(page, 'trip_distance').locator('input[type=number]').getAttribute('min'), '0');
    assert.match(await field(page, 'trip_distance').innerText(), /miles[^]*Length of the trip/);
    await settled(page);
    const before = await headline(page);
    await page.locator('#start').selectOption({ index: 3 });
    await settled(page);
    assert.equal(await field(page, 'color').locator('.fault').innerText(), '');
    assert.ok(before && (await headline(page)));
  },

  async 'classes have probabilities, and levels their bars'(browser, { open }) {
    const page = await playground(browser, `${open}/?model=iris`);
    await settled(page);
    assert.match(await headline(page), /setosa[^]*100 % sure/);
    assert.equal(await page.locator('#answer-body .bars li').count(), 3);
    assert.equal(await page.locator('#curve path.line').count(), 3);
    await page.locator('#model').selectOption('payment');
    await page.waitForFunction(() => document.querySelector('h1').textContent.startsWith('Payment'));
    await settled(page);
    await page.locator('#feature').selectOption('color');
    await settled(page);
    await page.locator('#curve button', { hasText: 'green' }).click();
    await settled(page);
    assert.equal(await field(page, 'color').locator('select option:checked').innerText(), 'green');
    assert.equal(await page.locator('#curve [aria-pressed=true]').innerText(), 'green');
  },

  async 'a curve is asked for at once and gives its value back'(browser, { open }) {
    const page = await playground(browser, `${open}/`);
    await settled(page);
    const batches = [];
    page.on('request', (request) => request.method() === 'POST' && batches.push(JSON.parse(request.postData())));
    await page.locator('#feature').selectOption('LSTAT');
    await settled(page);
    assert.equal(batches.length, 1);
    assert.equal(batches[0].length, 41);
    await page.locator('#curve svg').click({ position: { x: 200, y: 100 } });
    await settled(page);
    const value = Number(await field(page, 'LSTAT').locator('input[type=number]').inputValue());
    assert.ok(value > 5 && value < 38, String(value));
  },

  async 'what the page shows as code answers the same'(browser, { open, folder }) {
    const page = await playground(browser, `${open}/?model=payment`, { permissions: ['clipboard-read', 'clipboard-write'] });
    await field(page, 'trip_distance').getByLabel('missing').check();
    await field(page, 'store_and_fwd_flag').locator('.switch').check();
    await settled(page);
    const question = page.waitForRequest((request) => request.url().includes('explain=true'));
    await field(page, 'fare_amount').locator('input[type=number]').fill('9.5');
    await settled(page);
    const expected = await asked(`${open}/models/payment/predict?proba=true&explain=true`, JSON.parse((await question).postData()));
    const code = {};
    for (const name of ['curl', 'Python', 'JavaScript']) {
      await page.getByRole('tab', { name }).click();
      await page.locator('#copy').click();
      code[name] = await page.evaluate(() => navigator.clipboard.readText());
    }
    writeFileSync(join(folder, 'call.mjs'), code.JavaScript);
    const { stdout: byCurl } = await run('bash', ['-c', code.curl]);
    const { stdout: byPython } = await run('python3', [
      '-c',
      `import json\n${code.Python.replace('print(json.load(answer))', 'print(json.dumps(json.load(answer)))')}`,
    ]);
    const { stdout: byNode } = await run('node', [join(folder, 'call.mjs')]);
    assert.deepEqual(JSON.parse(byCurl), expected);
    assert.deepEqual(JSON.parse(byPython), expected);
    assert.ok(byNode.includes(`prediction: '${expected.prediction}'`), byNode);
  },
};

// Which model is shown, and what it says of itself.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { answered, asked, field, headline, playground, settled } from '../browser.js';

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

  async 'rows that drift change the picture of drift'(browser, { fresh }) {
    const address = await fresh('--drift-window', '400');
    const page = await playground(browser, `${address}/`);
    await page.locator('#live').scrollIntoViewIfNeeded();
    const bar = (name) => page.locator('.drift li', { has: page.getByText(name, { exact: true }) });
    const told = (words) => page.waitForFunction((words) => document.getElementById('drift').innerText.includes(words), words);
    await told('are too few to tell');
    assert.equal(await page.locator('.drift li').count(), 0);
    const [, head, ...rows] = lines('data/boston_house_prices.csv');
    const places = head.flatMap((name, place) => (name === 'MEDV' ? [] : [place]));
    const houses = rows.map((row) => places.map((place) => Number(row[place])));
    // The districts of the training, in an order that is none of theirs; then houses with three rooms more.
    const mixed = houses.map((_, place) => houses[(place * 131) % houses.length]);
    await send(address, mixed);
    await told('are as the training rows were');
    const before = await bar('RM').locator('.fill').evaluate((fill) => fill.getBoundingClientRect().width);
    assert.equal(await page.locator('.drift .much').count(), 0);
    const rooms = places.findIndex((place) => head[place] === 'RM');
    const larger = mixed.map((row) => row.map((value, place) => (place === rooms ? value + 3 : value)));
    await send(address, [...larger, ...larger]);
    await told('are others than the training rows were');
    await bar('RM').filter({ hasText: 'drifted' }).waitFor();
    assert.match(await bar('RM').getAttribute('title'), /^distribution moved \(PSI [\d.]+, KS [\d.]+, JS [\d.]+\); \d+ % never seen, out of range$/);
    assert.doesNotMatch(await bar('NOX').innerText(), /drifted/);
    const after = await bar('RM').locator('.fill.much').evaluate((fill) => fill.getBoundingClientRect().width);
    assert.ok(after > before + 20, `${before} to ${after} pixels`);
    const { state, features } = await (await fetch(`${address}/v1/models/boston/drift`)).json();
    const psi = features.find(({ name }) => name === 'RM').psi;
    assert.ok(state === 'drift' && psi > 0.25, `${state}, ${psi}`);
  },

  async 'requests change the pictures of latency'(browser, { fresh }) {
    const address = await fresh();
    const page = await playground(browser, `${address}/`);
    await page.locator('#live').scrollIntoViewIfNeeded();
    // Without a version in the address, the newest answers.
    const row = page.locator('#server-figures tbody tr', { has: page.getByRole('rowheader', { name: '2', exact: true }) });
    const cell = (place) => row.locator('td').nth(place).innerText();
    await page.locator('#server-figures td').first().waitFor();
    const answered = Number(await cell(0));
    const dots = await page.locator('#live circle.sample').count();
    await send(address, Array(60).fill([0.02, 0, 7, 0, 0.47, 6.4, 78.9, 4.97, 2, 242, 17.8, 396.9, 9.14]));
    while (Number(await cell(0)) < answered + 15) await page.waitForTimeout(200);
    // What the page says is what the route says, and rows of others are no requests of this page.
    const { model_stats: stats } = await (await fetch(`${address}/v2/models/boston/stats`)).json();
    const { inference_count: rows, inference_stats: figures } = stats.find(({ version }) => version === '2');
    assert.equal(await cell(2), String(rows));
    assert.match(await cell(3), /[\d.]+ ms/);
    assert.ok(figures.success.ns > 0 && rows >= 60, `${rows} rows`);
    // A request that takes long lies above all others.
    const session = await page.context().newCDPSession(page);
    await session.send('Network.enable');
    await session.send('Network.emulateNetworkConditions', { offline: false, latency: 600, downloadThroughput: -1, uploadThroughput: -1 });
    await field(page, 'RM').locator('input[type=number]').fill('8');
    // On a busy machine an earlier one may have taken as long.
    await page.waitForFunction((dots) => {
      const shown = [...document.querySelectorAll('#live circle.sample')];
      return shown.length > dots && shown.some((one) => parseFloat(one.textContent.split(': ').at(-1)) >= 400);
    }, dots);
    const samples = await page
      .locator('#live circle.sample')
      .evaluateAll((all) => all.map((one) => [one.cy.baseVal.value, one.textContent]));
    assert.ok(samples.length > dots, `${dots} to ${samples.length} dots`);
    const [height, name] = samples.reduce((one, other) => (other[0] < one[0] ? other : one));
    assert.ok(Number(name.match(/([\d.]+) ms$/)[1]) >= 400, name);
    assert.ok(height < Math.max(...samples.map(([height]) => height)) - 10, 'the slow request lies above the quick ones');
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

const lines = (path) =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => line.replaceAll('"', '').split(','));

/** Asks for the rows, four at a time: the server counts every row of such a request. */
async function send(address, rows) {
  for (let place = 0; place < rows.length; place += 4) await asked(`${address}/predict`, { data: rows.slice(place, place + 4) });
}

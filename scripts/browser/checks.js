// What a user does on the page, and what must come of it. Each check is a function of a browser and the servers.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { answered, playground, settled, visit } from './browser.js';
import { KEY } from './servers.js';

const run = promisify(execFile);
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const headline = (page) => page.locator('#headline').innerText();
const field = (page, name) => page.locator(`.field[data-feature="${name}"]`);

/** The native answer to what the page would ask. */
async function asked(address, body, key) {
  const headers = { 'content-type': 'application/json', ...(key ? { 'x-api-key': key } : {}) };
  const answer = await fetch(address, { method: 'POST', headers, body: JSON.stringify(body) });
  return answer.json();
}

export const checks = {
  async 'the page is light, quick and from here alone'(browser, { open }) {
    const page = await playground(browser, `${open}/`);
    await settled(page);
    const interactive = await page.evaluate(() => performance.getEntriesByName('interactive')[0].startTime);
    const files = await page.evaluate(() =>
      performance
        .getEntriesByType('resource')
        .filter(({ name }) => name.includes('/playground/'))
        .reduce((sum, { encodedBodySize, decodedBodySize }) => [sum[0] + encodedBodySize, sum[1] + decodedBodySize], [0, 0]),
    );
    assert.ok(page.weight < 200_000, `${page.weight} bytes`);
    console.log(
      `        ${Math.round(page.weight / 1024)} KiB over the wire with all answers, ${Math.round(files[0] / 1024)} KiB of them the page's files (${Math.round(files[1] / 1024)} KiB unpacked); interactive after ${Math.round(interactive)} ms`,
    );
    return page;
  },

  async 'the first answer is that of the API'(browser, { open }) {
    const page = await playground(browser, `${open}/`);
    const model = await (await fetch(`${open}/v1/model`)).json();
    const row = Object.fromEntries(model.features.map(({ identifier }, place) => [identifier, model.examples[0][place]]));
    const answer = await asked(`${open}/predict?interval=0.9&explain=true`, row);
    assert.match(await headline(page), new RegExp(`^${Number(answer.prediction.toPrecision(4))}\\s*1000 \\$`));
    const text = await page.locator('#answer-body').innerText();
    assert.match(text, /With 90 % certainty between/);
    assert.equal(await page.locator('#waterfall svg').count(), 1);
    assert.equal(await page.locator('#curve svg path.line').count(), 1);
    assert.equal(await page.locator('#curve svg path.band').count(), 1);
    return page;
  },

  async 'a number is answered while it is typed, and older questions are dropped'(browser, { open }) {
    const page = await playground(browser, `${open}/`);
    await settled(page);
    const before = await headline(page);
    let questions = 0;
    page.on('request', (request) => (questions += request.url().includes('explain=true') ? 1 : 0));
    await field(page, 'RM').locator('input[type=number]').pressSequentially('8', { delay: 10 });
    await field(page, 'RM').locator('input[type=number]').fill('8.1');
    await settled(page);
    assert.notEqual(await headline(page), before);
    assert.equal(questions, 1);
    assert.equal(await field(page, 'RM').locator('input[type=range]').inputValue(), '8.1');
    await field(page, 'RM').locator('input[type=range]').fill('5');
    await settled(page);
    assert.equal(await field(page, 'RM').locator('input[type=number]').inputValue(), '5');
    return page;
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
    return page;
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
    return page;
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
    return page;
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
    return page;
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
    return page;
  },

  async 'a file of 10,000 rows comes back scored'(browser, { open, folder }) {
    const page = await playground(browser, `${open}/?model=payment`);
    const [head, ...rows] = readFileSync('data/nyc_taxis_2019-03_raw.csv', 'utf8').trimEnd().split('\n');
    const path = join(folder, 'trips.csv');
    const many = Array.from({ length: 10_000 }, (_, place) => rows[place % rows.length]);
    writeFileSync(path, `${[head, ...many].join('\n')}\n`);
    await page.evaluate(() => {
      window.longest = 0;
      new PerformanceObserver((list) =>
        list.getEntries().forEach(({ duration }) => (window.longest = Math.max(window.longest, duration))),
      ).observe({ entryTypes: ['longtask'] });
    });
    let requests = 0;
    page.on('request', (request) => (requests += request.method() === 'POST' ? 1 : 0));
    await page.locator('#csv-details').check();
    await page.locator('#csv-file').setInputFiles(path);
    await page.locator('#csv-download').waitFor();
    const status = await page.locator('#csv-status').innerText();
    assert.match(status, /10,000 rows scored in [\d.]+ s\. Not sent: tpep_pickup_datetime/);
    assert.ok(requests >= 10, `${requests} requests`);
    const waiting = page.waitForEvent('download');
    await page.locator('#csv-download').click();
    const download = await waiting;
    assert.equal(download.suggestedFilename(), 'trips.scored.csv');
    const lines = readFileSync(await download.path(), 'utf8')
      .trimEnd()
      .split('\n');
    assert.equal(lines.length, 10_001);
    assert.ok(lines[0].endsWith(',prediction,probability_card,probability_cash'), lines[0]);
    const answers = await fetch(`${open}/models/payment/predict`, {
      method: 'POST',
      headers: { 'content-type': 'text/csv', accept: 'text/csv' },
      body: tableOf(head, many.slice(0, 500)),
    });
    const expected = (await answers.text()).trimEnd().split('\n').slice(1);
    assert.deepEqual(
      lines.slice(1, 501).map((line) => line.split(',').at(-3)),
      expected,
    );
    assert.ok(lines[1].startsWith(rows[0]), lines[1]);
    console.log(
      `        ${status.split('.').slice(0, 2).join('.')}; the page stood still for ${Math.round(await page.evaluate(() => window.longest))} ms at most`,
    );
    return page;
  },

  async 'a pasted table tells its refused rows and loses no other'(browser, { open }) {
    const page = await playground(browser, `${open}/?model=payment`);
    const table = [
      'id;color;store_and_fwd_flag;VendorID;PULocationID;passenger_count;trip_distance;fare_amount',
      '1;yellow;N;2;258;3;1.37;6',
      '"two\nlines";yellow;N;2;258;3;far;6',
      '3;blue;;1;7;;;12.5',
      '4;green;;1;7;;;12.5',
    ].join('\n');
    await page.locator('#csv-text').fill(table);
    await page.locator('#csv-start').click();
    await page.locator('#csv-download').waitFor();
    assert.match(await page.locator('#csv-status').innerText(), /4 rows scored in .*, 2 of them refused/);
    const faults = await page.locator('.faults li').allInnerTexts();
    assert.match(faults[0], /^Line 3: trip_distance not of the right type/);
    assert.match(faults[1], /^Line 5: color not an allowed value/);
    const rows = await page.locator('#csv-outcome tbody tr').allInnerTexts();
    assert.equal(rows.length, 4);
    assert.match(rows[0], /(card|cash)/);
    assert.match(rows[3], /(card|cash)/);
    await page.locator('#csv-text').fill('a,b\n1,2\n');
    await page.locator('#csv-start').click();
    await page.waitForFunction(() => document.getElementById('csv-status').textContent.includes('names no feature'));
    await page.locator('#csv-text').fill('color\nyellow\n');
    await page.locator('#csv-start').click();
    await page.locator('.faults li').first().waitFor();
    assert.match(await page.locator('#csv-outcome').innerText(), /column missing \(expected a column fare_amount\)/);
    return page;
  },

  async 'a file can be dropped, and stopped'(browser, { open }) {
    const page = await playground(browser, `${open}/`);
    await page.route('**/predict', async (route) => {
      await new Promise((done) => setTimeout(done, 200));
      await route.continue().catch(() => {});
    });
    const transfer = await page.evaluateHandle(() => {
      const transfer = new DataTransfer();
      const row = '0.00632,18,2.31,0,0.538,6.575,65.2,4.09,1,296,15.3,396.9,4.98\n';
      transfer.items.add(new File([row.repeat(20_000)], 'houses.csv'));
      return transfer;
    });
    await page.locator('.zone').dispatchEvent('drop', { dataTransfer: transfer });
    await page.waitForFunction(() => /^[1-9][\d,]* rows …/.test(document.getElementById('csv-status').textContent));
    assert.ok((await page.locator('#csv-progress').getAttribute('value')) > 0);
    await page.locator('#csv-stop').click();
    await page.waitForFunction(() => document.getElementById('csv-status').textContent.startsWith('Stopped. The'));
    assert.ok(await page.locator('#csv-download').isVisible());
    return page;
  },

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
    return page;
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
    return page;
  },

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
    assert.ok(await page.locator('#key-form').isVisible());
    assert.ok(await page.locator('#model-area').isHidden());
    return page;
  },

  async 'everything is reached by keyboard alone'(browser, { open }) {
    const page = await playground(browser, `${open}/?model=payment`);
    await settled(page);
    const wanted = await page.evaluate(
      () =>
        [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')].filter(
          (one) => one.checkVisibility() && !one.disabled && one.tabIndex >= 0,
        ).length,
    );
    const reached = await page.evaluate(() => (window.reached = new Set()) && 0);
    assert.equal(reached, 0);
    for (let step = 0; step < wanted + 5; step++) {
      await page.keyboard.press('Tab');
      await page.evaluate(() => window.reached.add(document.activeElement));
    }
    const missed = await page.evaluate(() =>
      [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')]
        .filter((one) => one.checkVisibility() && !one.disabled && one.tabIndex >= 0 && !window.reached.has(one))
        .map((one) => one.outerHTML.slice(0, 90)),
    );
    assert.deepEqual(missed, []);
    // From the top: skip to the form, change a value, go to the tabs, and score a table.
    await page.reload();
    await answered(page);
    await settled(page);
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.className), 'skip');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'start');
    await page.keyboard.press('Tab');
    await page.keyboard.type('green');
    await settled(page);
    assert.equal(await field(page, 'color').locator('select option:checked').innerText(), 'green');
    await page.locator('#tab-curl').focus();
    await page.keyboard.press('ArrowRight');
    assert.match(await page.locator('#call-panel').innerText(), /urlopen/);
    await page.locator('#csv-text').focus();
    await page.keyboard.type(
      'color,store_and_fwd_flag,VendorID,PULocationID,passenger_count,trip_distance,fare_amount\nyellow,N,2,258,3,1.37,6',
    );
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.locator('#csv-download').waitFor();
    return page;
  },

  async 'nothing is wider than a screen of 360 pixels'(browser, { open, locked }) {
    for (const address of [`${open}/`, `${open}/?model=iris`, `${open}/?model=taxi`, `${open}/?model=payment`]) {
      const page = await playground(browser, address, { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true });
      await settled(page);
      await page.locator('#card summary').click();
      const [wide, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      assert.ok(wide <= 360 && screen === 360, `${address}: ${wide} on ${screen}`);
      const top = await page.evaluate(() => {
        window.scrollTo(0, document.querySelector('.field:last-child').getBoundingClientRect().top + scrollY - 400);
        return document.getElementById('headline').getBoundingClientRect().top;
      });
      assert.ok(top >= 0 && top < 740, 'the answer stays in sight');
      assert.deepEqual(page.troubles, []);
      await page.context().close();
    }
    const page = await visit(browser, `${locked}/`, { viewport: { width: 360, height: 740 } });
    assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 360);
    return page;
  },

  async 'light and dark follow the system and the button'(browser, { open }) {
    const page = await playground(browser, `${open}/`, { colorScheme: 'dark' });
    const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const dark = await paper();
    await page.locator('#theme').click();
    const light = await paper();
    assert.notEqual(light, dark);
    await page.reload();
    await answered(page);
    assert.equal(await paper(), light);
    assert.equal(await page.locator('#theme').getAttribute('aria-pressed'), 'false');
    await page.locator('#theme').click();
    assert.equal(await paper(), dark);
    return page;
  },

  async 'a reader of screens finds no obstacle'(browser, { open, locked }) {
    let page;
    for (const [address, options] of [
      [`${open}/`, {}],
      [`${open}/`, { colorScheme: 'dark' }],
      [`${open}/?model=payment`, { colorScheme: 'dark', viewport: { width: 360, height: 740 } }],
      [`${open}/?model=iris`, {}],
      [`${locked}/`, {}],
    ]) {
      await page?.context().close();
      // The checker is a script from elsewhere, which the page's own policy keeps out.
      page = await visit(browser, address, { ...options, bypassCSP: true });
      if (address.startsWith(open)) {
        await answered(page);
        const wrong = page.locator('.field input[type=number]').last();
        await wrong.fill('-1e99');
        await page.locator('#csv-text').fill('a\n1\n');
        await page.locator('#csv-start').click();
        await page.locator('#card summary').click();
        await page.locator('#live').scrollIntoViewIfNeeded();
      }
      await settled(page);
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() =>
        window.axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'] }),
      );
      const told = violations.map(
        ({ id, nodes }) =>
          `${id}: ${nodes.map(({ html, failureSummary }) => `${html.slice(0, 120)} ${failureSummary}`).join(' | ')}`,
      );
      assert.deepEqual(told, [], address);
    }
    return page;
  },

  async 'programs and health checks get what they got'(browser, { open, locked }) {
    const get = (address, accept, more) => fetch(address, { headers: { ...(accept ? { accept } : {}), ...more } });
    assert.equal((await (await get(`${open}/`, '*/*')).json()).status, 'ready');
    assert.match(await (await get(`${open}/`, 'text/plain')).text(), /^Boston house prices/);
    assert.equal((await get(`${locked}/`, 'application/json')).status, 401);
    assert.equal((await get(`${locked}/`, 'application/json', { 'x-api-key': KEY })).status, 200);
    const file = await get(`${open}/playground/main.js`);
    const again = await get(`${open}/playground/main.js`, null, { 'if-none-match': file.headers.get('etag') });
    assert.equal(again.status, 304);
    assert.equal((await get(`${open}/playground/nothing.js`)).status, 404);
    return null;
  },
};

/** The columns of a table that the model asks for. */
function tableOf(head, rows) {
  const names = head.split(',');
  const wanted = ['color', 'store_and_fwd_flag', 'VendorID', 'PULocationID', 'passenger_count', 'trip_distance', 'fare_amount'];
  return [head, ...rows].map((row) => wanted.map((name) => row.split(',')[names.indexOf(name)]).join(',')).join('\n');
}

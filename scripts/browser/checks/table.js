// Tables that are scored on the page: chosen, pasted, dropped.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { playground } from '../browser.js';

export const checks = {
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
  },
};

/** The columns of a table that the model asks for. */
function tableOf(head, rows) {
  const names = head.split(',');
  const wanted = ['color', 'store_and_fwd_flag', 'VendorID', 'PULocationID', 'passenger_count', 'trip_distance', 'fare_amount'];
  return [head, ...rows].map((row) => wanted.map((name) => row.split(',')[names.indexOf(name)]).join(',')).join('\n');
}

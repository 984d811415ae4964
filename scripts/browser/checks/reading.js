// Who reads the page on what: its weight and speed, small screens, keyboards, readers of screens, light and dark.

import assert from 'node:assert/strict';
import { answered, field, obstacles, playground, settled, visit } from '../browser.js';

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
  },

  async 'nothing moves while the page loads'(browser, { open }) {
    for (const query of ['', '?model=iris', '?model=payment', '?model=imported'])
      for (const width of [1400, 800, 360]) {
        const page = await visit(browser, 'about:blank', { viewport: { width, height: 800 } });
        const session = await page.context().newCDPSession(page);
        await session.send('Network.enable');
        await session.send('Network.emulateNetworkConditions', { offline: false, latency: 60, downloadThroughput: -1, uploadThroughput: -1 });
        await page.addInitScript(() => {
          window.moved = [];
          const who = ({ node, previousRect: from, currentRect: to }) => `${node?.id || node?.className || node?.nodeName} from ${from.y} to ${to.y}`;
          const note = ({ hadRecentInput, value, sources }) => hadRecentInput || window.moved.push({ value, who: sources.map(who) });
          new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({ type: 'layout-shift', buffered: true });
        });
        await page.goto(`${open}/${query}`);
        await answered(page);
        await settled(page);
        const moved = await page.evaluate(() => window.moved);
        const shift = moved.reduce((sum, { value }) => sum + value, 0);
        assert.ok(shift < 0.03, `${query} at ${width} pixels: ${shift.toFixed(3)} ${JSON.stringify(moved)}`);
        await page.context().close();
      }
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
      await page.context().close();
    }
    const page = await visit(browser, `${locked}/`, { viewport: { width: 360, height: 740 } });
    assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 360);
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
      assert.deepEqual(await obstacles(page), [], address);
    }
  },
};

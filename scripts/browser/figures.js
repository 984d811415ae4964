// How the playground loads: figures in the manner of Lighthouse, of a new visitor each time.

import { statSync } from 'node:fs';
import { answered, visit } from './browser.js';
import { server } from './servers.js';

/** Visits, of which the middle one is told. */
const VISITS = 5;
/** Where a visitor sits: here, or on Lighthouse's slow phone (150 ms to the server, 1.6 Mbit/s, a processor four times as slow). */
const PLACES = {
  'this machine': null,
  'a slow phone': { latency: 150, downloadThroughput: (1.6e6 / 8) * 0.9, uploadThroughput: (750e3 / 8) * 0.9, slower: 4 },
};
const ROWS = {
  requests: (number) => `${number}`,
  'packed, with headers': kibibytes,
  'files of the page, packed': kibibytes,
  'files of the page, unpacked': kibibytes,
  'DOMContentLoaded': milliseconds,
  'first paint': milliseconds,
  'largest paint': milliseconds,
  'time to interactive': milliseconds,
  'blocking time': milliseconds,
  'layout shift': (number) => number.toFixed(3),
};

function kibibytes(bytes) {
  return `${(bytes / 1024).toFixed(1)} KiB`;
}

function milliseconds(time) {
  return `${Math.round(time)} ms`;
}

/** Measures and prints a table in Markdown. */
export async function figures(browser, { open }) {
  const columns = [];
  for (const place of Object.values(PLACES)) {
    const visits = [];
    for (let number = 0; number < VISITS; number++) visits.push(await measure(browser, `${open}/`, place));
    columns.push(
      Object.keys(ROWS).map((_, row) => {
        const sorted = visits.map((figures) => figures[row]).sort((one, other) => one - other);
        return [sorted[Math.floor(VISITS / 2)], sorted.at(-1)];
      }),
    );
  }
  const build = server.includes('release') ? 'release' : 'debug';
  console.log(`${server} (${build} build, ${(statSync(server).size / 1e6).toFixed(1)} MB), Chromium ${browser.version()}`);
  console.log(`median of ${VISITS} visits with an empty cache, and the largest in brackets where it differs\n`);
  console.log(`| | ${Object.keys(PLACES).join(' | ')} |\n|---|${'---|'.repeat(columns.length)}`);
  Object.entries(ROWS).forEach(([name, write], row) => {
    const cells = columns.map((column) => {
      const [middle, most] = column[row].map(write);
      return middle === most ? middle : `${middle} (${most})`;
    });
    console.log(`| ${name} | ${cells.join(' | ')} |`);
  });
}

/** The figures of one visit, in the order of the rows. */
async function measure(browser, address, place) {
  const page = await visit(browser, 'about:blank');
  page.weight = 0;
  const session = await page.context().newCDPSession(page);
  if (place) {
    const { slower, ...network } = place;
    await session.send('Network.enable');
    await session.send('Network.emulateNetworkConditions', { offline: false, ...network });
    await session.send('Emulation.setCPUThrottlingRate', { rate: slower });
  }
  await page.addInitScript(() => {
    window.seen = { shift: 0, blocked: 0, largest: 0 };
    const watch = (type, take) => new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true });
    watch('layout-shift', ({ hadRecentInput, value }) => (window.seen.shift += hadRecentInput ? 0 : value));
    watch('longtask', ({ duration }) => (window.seen.blocked += Math.max(0, duration - 50)));
    watch('largest-contentful-paint', ({ startTime }) => (window.seen.largest = startTime));
  });
  let requests = 0;
  page.on('request', () => requests++);
  await page.goto(address);
  await answered(page);
  await page.waitForLoadState('networkidle');
  const found = await page.evaluate(() => {
    const [visit] = performance.getEntriesByType('navigation');
    const files = performance.getEntriesByType('resource').filter(({ name }) => name.includes('/playground/'));
    const sum = (of) => [visit, ...files].reduce((all, entry) => all + entry[of], 0);
    return [
      sum('encodedBodySize'),
      sum('decodedBodySize'),
      visit.domContentLoadedEventEnd,
      performance.getEntriesByName('first-contentful-paint')[0].startTime,
      window.seen.largest,
      performance.getEntriesByName('interactive')[0].startTime,
      window.seen.blocked,
      window.seen.shift,
    ];
  });
  const weight = page.weight;
  await page.context().close();
  return [requests, weight, ...found];
}

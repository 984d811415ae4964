// Pages of a real browser that notice what a reader would not: errors of scripts, refusals of the Content-Security-Policy, and
// what is loaded from elsewhere.

import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { chromium } from 'playwright-core';

const PLACES = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

export async function launch() {
  const executablePath = PLACES.find((place) => place && existsSync(place));
  if (!executablePath) throw new Error('no Chromium: install the package chromium, or name the program in CHROMIUM');
  // A container's root has no sandbox.
  return chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
}

/** What went wrong on the pages since the last look. */
let troubles = [];

export function troublesSince() {
  const found = troubles;
  troubles = [];
  return found;
}

/** Opens an address. */
export async function visit(browser, address, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, acceptDownloads: true, ...options });
  const page = await context.newPage();
  page.weight = 0;
  page.on('pageerror', (error) => troubles.push(`error: ${error.message}`));
  page.on('console', (message) => {
    // The browser tells every refused request; that is what some of the tests ask for.
    const isRefusal = /the server responded with a status of (4\d\d|503)/.test(message.text());
    if (['error', 'warning'].includes(message.type()) && !isRefusal) troubles.push(`${message.type()}: ${message.text()}`);
  });
  if (process.env.PLAYGROUND) {
    await page.route('**/playground/*.*', (route) => {
      route.fulfill({ path: join(process.env.PLAYGROUND, basename(new URL(route.request().url()).pathname)) });
    });
  }
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
      console.error(`violates ${violatedDirective}: ${blockedURI}`),
    );
  });
  await page.addInitScript(watchPauses);
  page.on('request', (request) => {
    // A page from a file is all of itself.
    const own = /^https?:/.test(address) ? new URL(address).origin : address;
    const isFromElsewhere = !request.url().startsWith(own) && !request.url().startsWith('blob:');
    if (isFromElsewhere && address !== 'about:blank') troubles.push(`asks ${request.url()}`);
  });
  page.pending = 0;
  page.on('request', () => page.pending++);
  page.on('requestfinished', () => page.pending--);
  page.on('requestfailed', () => page.pending--);
  page.on('requestfinished', async (request) => {
    const { responseBodySize, responseHeadersSize } = await request
      .sizes()
      .catch(() => ({ responseBodySize: 0, responseHeadersSize: 0 }));
    page.weight += responseBodySize + responseHeadersSize;
  });
  await page.goto(address);
  return page;
}

/** Opens the page of a model and waits for its first answer. */
export async function playground(browser, address, options) {
  const page = await visit(browser, address, options);
  await answered(page);
  return page;
}

export async function answered(page) {
  await page.waitForFunction(
    () => performance.getEntriesByName('interactive').length > 0 && document.querySelector('#headline .value'),
  );
}

/** Runs in the page before its own scripts: tells what still waits for a pause of its reader or for an answer, and makes pauses as long as a check wants. */
function watchPauses() {
  const { setTimeout: later, clearTimeout: never, fetch: ask } = window;
  const [waiting, due] = [new Map(), new Set()];
  let [isHeld, questions] = [false, 0];
  const end = (timer) => {
    const work = waiting.get(timer);
    waiting.delete(timer);
    work?.();
  };
  window.setTimeout = (work, milliseconds, ...given) => {
    const timer = later(() => (isHeld ? due.add(timer) : end(timer)), milliseconds);
    waiting.set(timer, () => work(...given));
    return timer;
  };
  window.clearTimeout = (timer) => {
    never(timer);
    waiting.delete(timer);
  };
  window.fetch = (...question) => {
    questions++;
    return ask(...question).finally(() => questions--);
  };
  window.pauses = {
    isCalm: () => waiting.size === 0 && questions === 0,
    hold: () => (isHeld = true),
    end() {
      isHeld = false;
      due.forEach(end);
      due.clear();
    },
  };
}

/** Changes the page while no pause of its reader ends, however slow the machine is. */
export async function withoutPause(page, change) {
  await page.evaluate(() => window.pauses.hold());
  await change();
  await page.evaluate(() => window.pauses.end());
}

/** Waits until what a change set in motion has come to rest: the page waits for a pause of its reader, asks, and shows the answer. */
export async function settled(page) {
  do {
    await page.waitForFunction(() => window.pauses.isCalm());
    await page.evaluate(() => new Promise((shown) => requestAnimationFrame(() => requestAnimationFrame(shown))));
  } while (page.pending > 0 || !(await page.evaluate(() => window.pauses.isCalm())));
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What stands in the way of readers of screens, by axe-core; the page was opened with `bypassCSP`, since the checker is a script. */
export async function obstacles(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() =>
    window.axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'] }),
  );
  return violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html.slice(0, 120)} ${failureSummary}`).join(' | ')}`,
  );
}

/** The large words of the answer. */
export const headline = (page) => page.locator('#headline').innerText();

/** The field of a feature. */
export const field = (page, name) => page.locator(`.field[data-feature="${name}"]`);

/** The answer of the API to what the page would ask. */
export async function asked(address, body) {
  const answer = await fetch(address, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return answer.json();
}

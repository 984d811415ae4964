// Tests the playground and the pages of reports in Chromium: `node scripts/browser/run.js [WORDS]` runs the checks whose names hold
// the words; with `--figures` it measures how the playground loads instead.
//
// SERVER and TRAINER name the built programs (default: those in target/debug), CHROMIUM the browser, SCREENSHOTS a folder for
// pictures of the pages. PLAYGROUND names a folder whose files take the place of those that the server was built with, so
// that a change of crates/server/playground is seen at once.

import { launch, playground, settled, troublesSince } from './browser.js';
import * as access from './checks/access.js';
import * as models from './checks/models.js';
import * as question from './checks/question.js';
import * as reading from './checks/reading.js';
import * as reports from './checks/reports.js';
import * as table from './checks/table.js';
import { figures } from './figures.js';
import { start } from './servers.js';

process.chdir(new URL('../..', import.meta.url).pathname);
/** What a user does, and what must come of it: functions of a browser and the servers. */
const checks = {
  ...reading.checks,
  ...question.checks,
  ...table.checks,
  ...models.checks,
  ...access.checks,
  ...reports.checks,
};
const wanted = process.argv.slice(2).join(' ');
const servers = await start();
process.on('exit', servers.stop);
process.on('SIGINT', () => process.exit(130));
const browser = await launch();
if (wanted === '--figures') {
  await figures(browser, servers);
  await browser.close();
  process.exit(0);
}
let [passed, failed] = [0, 0];
for (const [name, check] of Object.entries(checks)) {
  if (!name.includes(wanted)) continue;
  const began = performance.now();
  let error = null;
  try {
    await check(browser, servers);
  } catch (thrown) {
    error = thrown.stack;
  }
  for (const context of browser.contexts()) await context.close();
  const troubles = [error, ...troublesSince()].filter(Boolean);
  const milliseconds = Math.round(performance.now() - began);
  if (troubles.length === 0) {
    passed++;
    console.log(`ok      ${name} (${milliseconds} ms)`);
  } else {
    failed++;
    console.log(`FAILED  ${name} (${milliseconds} ms)\n${troubles.join('\n')}`);
  }
}
if (process.env.SCREENSHOTS) {
  for (const [name, query, options] of [
    ['light', '', {}],
    ['dark', '?model=payment', { colorScheme: 'dark' }],
    ['narrow', '?model=iris', { viewport: { width: 360, height: 740 } }],
  ]) {
    const page = await playground(browser, `${servers.open}/${query}`, options);
    await settled(page);
    await page.screenshot({ path: `${process.env.SCREENSHOTS}/playground-${name}.png`, fullPage: true });
  }
}
await browser.close();
console.log(`browser: ${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);

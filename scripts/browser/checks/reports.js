// The pages that the trainer writes: readable on a phone, in the dark, and by readers of screens.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { obstacles, visit } from '../browser.js';
import { run } from '../servers.js';

const SMALL = ['--set', 'model.n_estimators=20'];

/** Writes a page of each kind and gives their paths by name. */
export function pages({ folder, models }) {
  const file = (name) => join(folder, name);
  const found = {};
  for (const name of ['boston-v2', 'iris', 'payment'])
    found[`train-${name}`] = join(
      models,
      readdirSync(models).find((file) => file.startsWith(name) && file.endsWith('.html')),
    );
  const page = (name, args, codes) => {
    found[name] = file(`${name}.html`);
    run([...args, '--report', found[name], '--quiet'], codes);
  };
  for (const model of ['boston', 'iris']) {
    const conf = ['--conf', `configs/${model}.json`];
    const trials = ['--trials', '6', '--trials-file', file(`${model}.jsonl`), '--output', file(`${model}.json`)];
    page(`tune-${model}`, ['tune', ...conf, ...SMALL, ...trials]);
    page(`compare-${model}`, ['compare', ...conf, ...SMALL, '--vary', 'model.max_depth=[3,null]']);
  }
  page('explore-boston', ['explore', '--conf', 'configs/boston.json']);
  page('explore-iris', ['explore', '--conf', 'configs/iris.json']);
  // Houses that all have three rooms more.
  const [title, head, ...rows] = readFileSync('data/boston_house_prices.csv', 'utf8').trimEnd().split('\n');
  const more = rows.map((row) => row.split(',').map((cell, place) => (place === 5 ? Number(cell) + 3 : cell)).join(','));
  writeFileSync(file('larger.csv'), `${[title, head, ...more].join('\n')}\n`);
  const model = readdirSync(models).find((file) => /^boston-v1.*canopy$/.test(file));
  page('drift-boston', ['drift', '--model', join(models, model), '--data', file('larger.csv')], [5]);
  const retrained = file('retrained');
  const config = ['--conf', 'configs/boston.json', '--set', `output.dir=${file('champion')}`, '--set', 'quality_gate=null'];
  config.push(...SMALL, '--quiet');
  run(['train', ...config]);
  run(['retrain', ...config, '--set', `data.path=${file('larger.csv')}`, '--report', retrained], [0, 4]);
  found['retrain-boston'] = join(
    retrained,
    readdirSync(retrained).find((name) => name.endsWith('.html')),
  );
  return found;
}

/** In what forms a page is looked at. */
export const FORMS = {
  light: {},
  dark: { colorScheme: 'dark' },
  narrow: { viewport: { width: 360, height: 740 } },
};

export const checks = {
  async 'a reader of screens finds no obstacle in a report'(browser, servers) {
    for (const [name, path] of Object.entries(pages(servers))) {
      for (const [form, options] of Object.entries(FORMS)) {
        const page = await visit(browser, pathToFileURL(path).href, options);
        const what = `${name}, ${form}`;
        assert.deepEqual(await obstacles(page), [], what);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(wide <= 0, `${what} is ${wide} pixels too wide`);
        if (process.env.SCREENSHOTS)
          await page.screenshot({ path: join(process.env.SCREENSHOTS, `${name}-${form}.png`), fullPage: true });
        await page.context().close();
      }
    }
  },
};

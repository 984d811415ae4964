// The model card: what the artifact says of itself.

import { h } from './dom.js';
import { brief, count, percent, short } from './number.js';

const IMPORTANCES = 12;
/** Metrics in the order of their worth to a reader; others come after them. */
const METRICS = ['mae', 'rmse', 'r2', 'mape', 'mae_share', 'interval_coverage', 'interval_width', 'accuracy', 'balanced_accuracy'];

export function showCard(host, model) {
  const { provenance, metrics } = model;
  const dropped = Object.entries(provenance.rows_dropped);
  const facts = [
    ['Model', `${model.title} (${model.name} version ${model.version})`],
    ['Task', `${model.task} of ${model.target.name}${model.target.unit ? ` in ${model.target.unit}` : ''}`],
    ['Trained', new Date(model.created).toLocaleString('en', { dateStyle: 'medium', timeStyle: 'short' })],
    ['Data', provenance.data_path],
    provenance.rows_read > 0
      ? [
          'Rows',
          `${count(provenance.rows_train)} trained on, ${count(provenance.rows_test)} held out, of ${count(provenance.rows_read)} read`,
        ]
      : null,
    dropped.length > 0
      ? ['Left out', dropped.map(([reason, rows]) => `${count(rows)} (${reason.replaceAll('_', ' ')})`).join(', ')]
      : null,
    ['Features', count(model.features.length)],
    provenance.artifact_bytes
      ? ['Artifact', `${count(provenance.artifact_bytes / 1024)} KiB, format ${provenance.artifact_format}`]
      : null,
    provenance.checksum ? ['Checksum', h('code', {}, provenance.checksum.slice(0, 16))] : null,
  ].filter(Boolean);
  host.replaceChildren(
    model.description ? h('p', {}, model.description) : '',
    h(
      'div',
      { class: 'columns' },
      h(
        'div',
        {},
        h('h3', {}, 'Facts'),
        h(
          'dl',
          {},
          facts.map(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]),
        ),
      ),
      h('div', {}, h('h3', {}, 'Quality'), quality(metrics), confusion(model, metrics)),
      h('div', {}, h('h3', {}, 'Importance'), importances(model)),
      h('div', {}, h('h3', {}, 'Parameters'), parameters(model)),
    ),
    h('details', {}, h('summary', {}, `All ${model.features.length} features`), features(model)),
  );
}

function quality({ test, out_of_bag: outOfBag, cross_validation: folds }) {
  const columns = [
    test ? [`Test (${count(test.rows)} rows)`, test.metrics] : null,
    folds ? [`${folds.folds} folds`, folds.mean, folds.standard_deviation] : null,
    outOfBag ? ['Out of bag', outOfBag.metrics] : null,
  ].filter(Boolean);
  if (columns.length === 0) return h('p', { class: 'mute' }, 'The artifact states no quality.');
  const place = (name) => (METRICS.includes(name) ? METRICS.indexOf(name) : METRICS.length);
  const names = [...new Set(columns.flatMap(([, metrics]) => Object.keys(metrics)))].sort((a, b) => place(a) - place(b));
  const cell = ([, metrics, spread], name) =>
    metrics[name] === undefined ? '' : `${short(metrics[name])}${spread?.[name] ? ` ± ${brief(spread[name])}` : ''}`;
  return scrolled(
    'Quality',
    h(
      'table',
      { class: 'figures' },
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          h('th', { scope: 'col' }, 'Metric'),
          columns.map(([name]) => h('th', { scope: 'col' }, name)),
        ),
      ),
      h(
        'tbody',
        {},
        names.map((name) =>
          h(
            'tr',
            {},
            h('th', { scope: 'row' }, name),
            columns.map((column) => h('td', {}, cell(column, name))),
          ),
        ),
      ),
    ),
  );
}

function confusion({ target }, { test, out_of_bag: outOfBag }) {
  const table = test?.confusion ?? outOfBag?.confusion;
  if (!table || table.length > 10) return '';
  const where = test?.confusion ? 'test rows' : 'out-of-bag rows';
  return scrolled(
    'Confusion',
    h(
      'table',
      { class: 'figures' },
      h('caption', {}, `Predicted (across) against true (down), ${where}`),
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          h('td', {}),
          target.class_labels.map((name) => h('th', { scope: 'col' }, name)),
        ),
      ),
      h(
        'tbody',
        {},
        table.map((row, place) =>
          h(
            'tr',
            {},
            h('th', { scope: 'row' }, target.class_labels[place]),
            row.map((rows, other) => h('td', { class: place === other ? 'own' : undefined }, count(rows))),
          ),
        ),
      ),
    ),
  );
}

/** By permutation where the artifact knows it, with the spread as a whisker; else by the decrease of impurity. */
function importances(model) {
  const known = model.importances;
  if (known.length === 0) return h('p', { class: 'mute' }, 'The artifact states none.');
  const isPermuted = known.every(({ permutation }) => typeof permutation === 'number');
  const worth = ({ impurity, permutation }) => (isPermuted ? permutation : impurity);
  const spread = ({ permutation_deviation: deviation }) => (isPermuted ? (deviation ?? 0) : 0);
  const shown = [...known].sort((a, b) => worth(b) - worth(a)).slice(0, IMPORTANCES);
  const top = Math.max(...shown.map((one) => worth(one) + spread(one))) || 1;
  const share = (value) => `${(Math.min(1, Math.max(0, value / top)) * 100).toFixed(1)}%`;
  const score = model.task === 'regression' ? 'R²' : 'accuracy';
  return [
    h(
      'ul',
      { class: 'bars', 'aria-label': isPermuted ? `Fall of the ${score} when a feature is shuffled` : 'Share of the impurity decrease' },
      shown.map((one) => {
        const fill = h('span', { class: 'fill' });
        fill.style.width = share(worth(one));
        const whisker = spread(one) > 0 ? h('span', { class: 'whisker' }) : null;
        if (whisker) {
          whisker.style.left = share(worth(one) - spread(one));
          whisker.style.right = `calc(100% - ${share(worth(one) + spread(one))})`;
        }
        const words = isPermuted ? brief(worth(one)) : percent(worth(one));
        return h(
          'li',
          { title: whisker ? `${words} ± ${brief(spread(one))}` : undefined },
          h('span', { class: 'bar-name' }, one.feature),
          h('span', { class: 'bar', 'aria-hidden': 'true' }, fill, whisker),
          h('span', { class: 'bar-value' }, words),
        );
      }),
    ),
    h(
      'p',
      { class: 'mute small' },
      isPermuted
        ? `How much the ${score} falls when a feature is shuffled; whiskers are the standard deviation over the shuffles.`
        : 'Share of the impurity decrease.',
    ),
  ];
}

function parameters({ parameters }) {
  const entries = Object.entries(parameters ?? {}).filter(([, value]) => value !== null && JSON.stringify(value) !== '{}');
  if (entries.length === 0) return h('p', { class: 'mute' }, 'The artifact states none.');
  const said = (value) => (typeof value === 'object' ? JSON.stringify(value) : String(value));
  return h(
    'dl',
    {},
    entries.map(([name, value]) => [h('dt', {}, name), h('dd', {}, said(value))]),
  );
}

function features({ features }) {
  return scrolled(
    'Features',
    h(
      'table',
      {},
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          ['Feature', 'Unit', 'Meaning', 'Seen in training', 'Missing'].map((name) => h('th', { scope: 'col' }, name)),
        ),
      ),
      h(
        'tbody',
        {},
        features.map(({ column, unit, description, seen_in_training: seen, distribution }) =>
          h(
            'tr',
            {},
            h('th', { scope: 'row' }, column),
            h('td', {}, unit ?? ''),
            h('td', {}, description ?? ''),
            h('td', {}, seen),
            h('td', {}, count(distribution.missing)),
          ),
        ),
      ),
    ),
  );
}

const scrolled = (name, table) => h('div', { class: 'table', tabindex: 0, role: 'region', 'aria-label': name }, table);

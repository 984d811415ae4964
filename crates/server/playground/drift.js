// Drift: whether the rows that the model was asked for latest are still those that it was trained on.

import { h } from './dom.js';
import { count, percent, short } from './number.js';

const SHOWN = 12;
/** An index that is this high is another population, by common use. */
const MUCH = 0.25;

const STATES = {
  no_drift: 'are as the training rows were',
  drift: 'are others than the training rows were',
  too_few_rows: 'are too few to tell',
};
const VERDICTS = { as_before: 'as before', new_values: 'new values', shifted: 'shifted', drifted: 'drifted' };

/** Shows a comparison; nothing where there is none. */
export function showDrift(host, { state, rows, features, predictions }) {
  if (!(state in STATES)) return host.replaceChildren();
  const columns = [...features].sort((a, b) => b.psi - a.psi).slice(0, SHOWN);
  if (predictions) columns.unshift({ ...predictions, name: `answers (${predictions.name})` });
  const top = Math.max(MUCH, ...columns.map(({ psi }) => psi));
  host.replaceChildren(
    h('h3', {}, 'Drift since training'),
    h('p', { class: 'small' }, `The latest ${count(rows)} rows ${STATES[state]}.`),
    state === 'too_few_rows'
      ? ''
      : h(
          'ul',
          { class: 'bars drift', 'aria-label': 'Population stability index of each feature' },
          columns.map((column) => {
            const { name, verdict, psi } = column;
            const fill = h('span', { class: verdict === 'drifted' ? 'fill much' : 'fill' });
            fill.style.width = `${(Math.max(0, psi) / top) * 100}%`;
            return h(
              'li',
              { title: why(column) },
              h('span', { class: 'bar-name' }, name),
              h('span', { class: 'bar', 'aria-hidden': 'true' }, fill),
              h('span', { class: 'bar-value' }, `${short(psi)} ${VERDICTS[verdict] ?? verdict}`),
            );
          }),
        ),
  );
}

/** What has moved in a column, in words. */
function why({ causes, psi, ks, js, missing, missing_before: before, never_seen: unseen }) {
  const measures = Object.entries({ psi, ks, js }).filter(([key]) => causes.includes(key));
  const moved = measures.map(([key, value]) => `${key.toUpperCase()} ${short(value)}`).join(', ');
  return [
    moved && `distribution moved (${moved})`,
    causes.includes('missing') && `missing values from ${percent(before)} to ${percent(missing)}`,
    unseen > 0 && `${percent(unseen)} never seen${causes.includes('out_of_range') ? ', out of range' : ''}`,
  ]
    .filter(Boolean)
    .join('; ');
}

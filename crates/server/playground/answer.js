// The answer: the prediction in large, and beside it how sure it is: an interval over what training saw, or a probability for
// each class.

import { drawing, h, svg } from './dom.js';
import { percent, rank, scale, short, ticks } from './number.js';

const LISTED_CLASSES = 8;

/** What one answer says, in one sentence; it is read out when it changes. */
export function showHeadline(host, model, answer) {
  const { target } = model;
  const value = answer[target.response_field];
  if (model.task === 'classification') {
    const { name, label } = classOf(model, value);
    const share = answer.probabilities?.[name];
    const code = label === String(value) ? '' : ` (${value})`;
    host.replaceChildren(
      h('span', { class: 'value' }, label),
      h('span', { class: 'unit' }, code, share === undefined ? '' : ` ${percent(share)} sure`),
    );
    return;
  }
  host.replaceChildren(
    h('span', { class: 'value' }, short(value)),
    h('span', { class: 'unit' }, target.unit ? ` ${target.unit}` : ''),
  );
}

/** The classes of a model: the name of each among the probabilities, and for people. */
export const classesOf = ({ target }) =>
  target.class_names.map((name, place) => ({ place, name, label: target.class_labels[place] }));

/** The class that was answered. */
export function classOf(model, value) {
  return classesOf(model)[model.target.classes.indexOf(value)] ?? { name: String(value), label: String(value), place: 0 };
}

export function showAnswer(host, model, answer) {
  const body = model.task === 'classification' ? probabilities(model, answer) : interval(host, model, answer);
  const { name, version } = answer.model ?? {};
  const meaning = model.target.description ? `${model.target.description}. ` : '';
  const source = name ? `${name} version ${version} answered.` : '';
  host.replaceChildren(...[body].flat(), h('p', { class: 'mute small answer-more' }, meaning, source));
}

/** An answer as large as one of this model will be, to keep the room for it: nobody sees it. */
export function guessOf({ task, target, features, options }) {
  const middle = target.distribution.quantiles?.[10] ?? 0;
  const value = task === 'classification' ? target.classes[0] : middle;
  const contributions = Object.fromEntries(features.map(({ identifier }) => [identifier, 0]));
  return {
    [target.response_field]: value,
    probabilities: Object.fromEntries(target.class_names?.map((name, place) => [name, place === 0 ? 1 : 0]) ?? []),
    interval: options.interval ? { level: options.interval, lower: middle, upper: middle } : undefined,
    contributions: { ...contributions, base: middle },
    model: { name: target.name, version: 1 },
  };
}

function probabilities(model, { probabilities }) {
  if (!probabilities) return [];
  const names = classesOf(model).map((one) => ({ ...one, share: probabilities[one.name] ?? 0 }));
  const listed = names.length > LISTED_CLASSES ? [...names].sort((a, b) => b.share - a.share).slice(0, LISTED_CLASSES) : names;
  const bars = listed.map(({ label, place, share }) => {
    const fill = h('span', { class: `fill class-${place % 6}` });
    fill.style.width = `${share * 100}%`;
    return h(
      'li',
      {},
      h('span', { class: 'bar-name' }, label),
      h('span', { class: 'bar', 'aria-hidden': 'true' }, fill),
      h('span', { class: 'bar-value' }, percent(share)),
    );
  });
  const rest = names.length - listed.length;
  return [
    h('ul', { class: 'bars', 'aria-label': 'Probability of each class' }, bars),
    rest > 0 ? h('p', { class: 'mute small' }, `${rest} less likely classes are not shown.`) : '',
  ];
}

/** The answer among the targets of the training rows, and the interval around it. */
function interval(host, { target }, answer) {
  const { quantiles } = target.distribution;
  const value = answer[target.response_field];
  const range = answer.interval;
  if (!quantiles?.length) return [];
  const low = Math.min(quantiles[0], range?.lower ?? value, value);
  const high = Math.max(quantiles.at(-1), range?.upper ?? value, value);
  const width = Math.max(240, host.clientWidth);
  const x = scale(low, high, 10, width - 10);
  const place = rank(quantiles, value);
  const where = `higher than ${percent(place)} of the training rows`;
  const sure = range ? `With ${percent(range.level)} certainty between ${short(range.lower)} and ${short(range.upper)}; ` : '';
  const parts = [
    svg('path', { class: 'density', d: density(quantiles, x, 44, 34) }),
    svg('line', { class: 'axis', x1: 10, x2: width - 10, y1: 46, y2: 46 }),
    ticks(low, high, width / 90).map((tick) => [
      svg('line', { class: 'axis', x1: x(tick), x2: x(tick), y1: 46, y2: 50 }),
      svg('text', { x: x(tick), y: 64, 'text-anchor': anchor(x(tick), width) }, short(tick)),
    ]),
    range
      ? svg('rect', {
          class: 'interval',
          x: x(range.lower),
          width: Math.max(2, x(range.upper) - x(range.lower)),
          y: 41,
          height: 10,
          rx: 5,
        })
      : null,
    svg('circle', { class: 'dot', cx: x(value), cy: 46, r: 7 }),
  ];
  return [
    drawing(width, 68, `${sure}${where}`, parts),
    h('p', { class: 'small' }, sure, sure ? where : where[0].toUpperCase() + where.slice(1), '.'),
  ];
}

const anchor = (x, width) => (x < 30 ? 'start' : x > width - 30 ? 'end' : 'middle');

/** The outline of a distribution by its quantiles: each step between two of them has the same area. */
export function density(quantiles, x, floor, height) {
  const steps = [];
  const span = quantiles.at(-1) - quantiles[0] || 1;
  for (let place = 1; place < quantiles.length; place++) {
    const [from, to] = [quantiles[place - 1], quantiles[place]];
    // A narrow step would be higher than anything else can be seen beside it.
    steps.push({ from, to, dense: 1 / Math.max(to - from, span / 120) });
  }
  const top = Math.max(...steps.map((step) => step.dense));
  const y = (dense) => (floor - height * Math.sqrt(dense / top)).toFixed(1);
  const line = steps.map(({ from, to, dense }) => `L${x(from).toFixed(1)} ${y(dense)}L${x(to).toFixed(1)} ${y(dense)}`).join('');
  return `M${x(quantiles[0]).toFixed(1)} ${floor}${line}L${x(quantiles.at(-1)).toFixed(1)} ${floor}Z`;
}

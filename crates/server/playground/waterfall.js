// Why an answer is what it is: from the answer of a model that knows no feature, each feature's contribution, to the answer.

import { drawing, h, svg } from './dom.js';
import { scale, short, signed } from './number.js';

const SHOWN = 10;
const ROW = 26;
/** Width of a letter on average. */
const LETTER = 6.6;

/** The steps of an explanation: the largest contributions, and the rest as one. */
export function stepsOf(model, values, contributions) {
  const base = 'base value' in contributions ? contributions['base value'] : contributions.base;
  const steps = model.features.map(({ identifier, column }) => ({
    name: column,
    value: values[identifier],
    added: contributions[identifier],
  }));
  steps.sort((a, b) => Math.abs(b.added) - Math.abs(a.added));
  const shown = steps.slice(0, steps.length > SHOWN + 1 ? SHOWN : SHOWN + 1);
  const rest = steps.slice(shown.length);
  if (rest.length > 0) {
    shown.push({ name: `${rest.length} others`, added: rest.reduce((sum, { added }) => sum + added, 0) });
  }
  return { base, steps: shown, end: base + steps.reduce((sum, { added }) => sum + added, 0) };
}

export function showWaterfall(host, explained) {
  const { base, steps, end } = explained;
  const width = Math.max(260, host.clientWidth);
  const labels = ['answer', ...steps.map(({ name, value }) => labelOf(name, value))];
  const widest = Math.max(...labels.map((label) => label.length)) * LETTER + 10;
  const left = Math.min(widest, Math.round(width * 0.42));
  let sum = base;
  const bars = steps.map((step) => ({ ...step, from: sum, to: (sum += step.added) }));
  const places = [base, end, ...bars.map(({ to }) => to)];
  const [low, high] = [Math.min(...places), Math.max(...places)];
  const x = scale(low, high, left + 62, width - 64);
  const height = (bars.length + 2) * ROW + 6;
  const drawn = bars.map(({ name, value, added, from, to }, place) => {
    const y = (place + 1) * ROW + 4;
    const [start, stop] = [x(Math.min(from, to)), x(Math.max(from, to))];
    const up = added >= 0;
    return [
      svg('text', { class: 'ink', x: left - 8, y: y + 13, 'text-anchor': 'end' }, cut(labelOf(name, value), left)),
      svg('rect', { class: up ? 'up' : 'down', x: start, y, width: Math.max(1.5, stop - start), height: ROW - 8, rx: 3 }),
      svg('line', { class: 'thread', x1: x(to), x2: x(to), y1: y + ROW - 8, y2: y + ROW }),
      // Outside the bar, on the side that it grows to.
      svg('text', { x: up ? stop + 5 : start - 5, y: y + 13, 'text-anchor': up ? 'start' : 'end' }, signed(added)),
    ];
  });
  const mark = (value, y, name) => [
    svg('text', { class: 'ink strong', x: left - 8, y: y + 13, 'text-anchor': 'end' }, name),
    svg('line', { class: 'mark', x1: x(value), x2: x(value), y1: y, y2: y + ROW - 8 }),
    svg('text', { class: 'ink strong', x: x(value) + 6, y: y + 13 }, short(value)),
  ];
  const label = `From ${short(base)}, the answer without any feature, to ${short(end)}`;
  host.replaceChildren(
    drawing(
      width,
      height,
      label,
      mark(base, 4, 'start'),
      svg('line', { class: 'thread', x1: x(base), x2: x(base), y1: ROW - 4, y2: ROW + 4 }),
      drawn,
      mark(end, (bars.length + 1) * ROW + 4, 'answer'),
    ),
    // A table does not shrink to what hides it, so a box around it does.
    h(
      'div',
      { class: 'hidden' },
      h(
        'table',
        {},
        h('caption', {}, label),
        h(
          'tbody',
          {},
          steps.map(({ name, added }) => h('tr', {}, h('th', { scope: 'row' }, name), h('td', {}, signed(added)))),
        ),
      ),
    ),
  );
}

function labelOf(name, value) {
  const shown = typeof value === 'number' ? short(value) : value === null ? 'missing' : value;
  return value === undefined ? name : `${name} = ${shown}`;
}

/** As much of a label as there is room for. */
function cut(label, room) {
  const most = Math.floor((room - 8) / LETTER);
  return label.length > most ? `${label.slice(0, most - 1)}…` : label;
}

// What if one feature were another: one request with the question at many values of it, drawn as a curve, or as a bar for each
// level where there is no order.

import { classOf, classesOf, density } from './answer.js';
import { drawing, h, svg } from './dom.js';
import { percent, scale, short, ticks } from './number.js';

const POINTS = 41;
const BARS = 24;
const HEIGHT = 250;

/** The values that a feature is tried at; of many levels, those that training saw most, and the current one. */
export function pointsOf({ schema, distribution }, current) {
  if ([schema.type].flat().includes('boolean')) return { bars: [false, true] };
  const choices = schema.enum?.filter((choice) => choice !== null);
  if (choices && (choices.length <= BARS || !distribution.levels)) return { bars: choices.slice(0, BARS) };
  if (distribution.levels) {
    const levels = distribution.levels.map(({ value }) => value).filter((value) => choices?.includes(value) ?? true);
    const most = levels.slice(0, BARS);
    if (current !== null && current !== undefined && !most.includes(current)) most.splice(BARS - 1, 1, current);
    return { bars: most };
  }
  // An imported model knows no range: then around the current value.
  const reach = Math.max(1, Math.abs(current ?? 0));
  const seen = distribution.quantiles?.length
    ? [distribution.minimum, distribution.maximum]
    : [(current ?? 0) - reach, (current ?? 0) + reach];
  const low = Math.max(seen[0], schema.minimum ?? -Infinity);
  const high = Math.min(seen[1], schema.maximum ?? Infinity);
  const even = Array.from({ length: POINTS }, (_, place) => low + ((high - low) * place) / (POINTS - 1));
  const whole = [schema.type].flat().includes('integer');
  const points = even.map((value) => (whole ? Math.round(value) : Number(value.toPrecision(6))));
  return { points: [...new Set(points.filter((value) => value >= low && value <= high))] };
}

/** The numbers of an answer that are drawn: one line for a regression, one for each class for a classification. */
function linesOf(model, answers) {
  const field = model.target.response_field;
  if (model.task === 'regression') {
    return [{ name: model.target.name, place: 0, values: answers.map((answer) => answer[field] ?? answer) }];
  }
  const lines = classesOf(model).map(({ name, label, place }) => ({
    name: label,
    place,
    values: answers.map((answer) => answer.probabilities[name] ?? 0),
  }));
  // The most that colours can tell apart: those that reach highest.
  return lines
    .sort((a, b) => Math.max(...b.values) - Math.max(...a.values))
    .slice(0, 6)
    .sort((a, b) => a.place - b.place);
}

/** Draws what was answered at these values. `choose` takes the value that the reader points at. */
export function showWhatIf(host, { model, feature, tried, answers, current, choose }) {
  const drawn = {
    model,
    feature,
    answers,
    current,
    choose,
    width: Math.max(260, host.clientWidth),
    lines: linesOf(model, answers),
  };
  const text = tried.points ? curve(host, drawn, tried.points) : bars(host, drawn, tried.bars);
  if (drawn.lines.length > 1 && tried.points) {
    host.append(
      h(
        'ul',
        { class: 'legend' },
        drawn.lines.map(({ name, place }) => h('li', { class: `class-${place % 6}` }, name)),
      ),
    );
  }
  return text;
}

const written = (model, value) => (model.task === 'regression' ? short(value) : percent(value));

function curve(host, { model, feature, answers, current, choose, width, lines }, points) {
  const bands = model.task === 'regression' ? answers.map(({ interval }) => interval).filter(Boolean) : [];
  const all = [...lines.flatMap(({ values }) => values), ...bands.flatMap(({ lower, upper }) => [lower, upper])];
  const [low, high] = model.task === 'regression' ? [Math.min(...all), Math.max(...all)] : [0, 1];
  const pad = (high - low) * 0.06 || Math.abs(high) * 0.05 || 1;
  const [bottom, left, right] = [HEIGHT - 44, 46, width - 14];
  const x = scale(points[0], points.at(-1), left, right);
  const y = model.task === 'regression' ? scale(low - pad, high + pad, bottom, 10) : scale(0, 1, bottom, 12);
  const path = (pairs) => pairs.map(([a, b], place) => `${place ? 'L' : 'M'}${a.toFixed(1)} ${b.toFixed(1)}`).join('');
  const { quantiles } = feature.distribution;
  const first = lines[0];
  const text =
    model.task === 'regression'
      ? `As ${feature.column} goes from ${short(points[0])} to ${short(points.at(-1))}, the answer goes from ${short(first.values[0])} to ${short(first.values.at(-1))}, at most ${short(Math.max(...first.values))}.`
      : `The probability of each class as ${feature.column} goes from ${short(points[0])} to ${short(points.at(-1))}.`;
  const at = nearest(points, current);
  const guide = svg('g', { class: 'guide' });
  const picture = drawing(
    width,
    HEIGHT,
    text,
    quantiles.length ? svg('path', { class: 'density', d: density(clipped(quantiles, points), x, bottom, 46) }) : null,
    ticks(model.task === 'regression' ? low - pad : 0, model.task === 'regression' ? high + pad : 1, 4).map((tick) => [
      svg('line', { class: 'grid-line', x1: left, x2: right, y1: y(tick), y2: y(tick) }),
      svg('text', { x: left - 6, y: y(tick) + 4, 'text-anchor': 'end' }, written(model, tick)),
    ]),
    ticks(points[0], points.at(-1), width / 95).map((tick) =>
      svg('text', { x: x(tick), y: bottom + 18, 'text-anchor': 'middle' }, short(tick)),
    ),
    svg(
      'text',
      { class: 'ink', x: (left + right) / 2, y: HEIGHT - 6, 'text-anchor': 'middle' },
      feature.column,
      feature.unit ? ` (${feature.unit})` : '',
    ),
    bands.length
      ? svg('path', {
          class: 'band',
          d: `${path(points.map((point, place) => [x(point), y(bands[place].upper)]))}${path(points.map((point, place) => [x(point), y(bands[place].lower)]).reverse()).replace('M', 'L')}Z`,
        })
      : null,
    lines.map(({ place, values }) =>
      svg('path', { class: `line class-${place % 6}`, d: path(values.map((value, index) => [x(points[index]), y(value)])) }),
    ),
    typeof current === 'number' && current >= points[0] && current <= points.at(-1)
      ? [
          svg('line', { class: 'now', x1: x(current), x2: x(current), y1: 10, y2: bottom }),
          lines.map(({ values }) => svg('circle', { class: 'dot', cx: x(current), cy: y(between(points, values, current)), r: 5 })),
        ]
      : null,
    guide,
  );
  const pointAt = (event) => {
    const box = picture.getBoundingClientRect();
    return nearest(points, scale(left, right, points[0], points.at(-1))(((event.clientX - box.left) / box.width) * width));
  };
  picture.addEventListener('pointermove', (event) => {
    const place = pointAt(event);
    const label = lines.length === 1 ? `${short(points[place])} → ${written(model, lines[0].values[place])}` : short(points[place]);
    const middle = x(points[place]);
    guide.replaceChildren(
      svg('line', { x1: middle, x2: middle, y1: 10, y2: bottom }),
      svg(
        'text',
        {
          class: 'ink strong',
          x: middle > width / 2 ? middle - 6 : middle + 6,
          y: 20,
          'text-anchor': middle > width / 2 ? 'end' : 'start',
        },
        label,
      ),
    );
  });
  picture.addEventListener('pointerleave', () => guide.replaceChildren());
  picture.addEventListener('click', (event) => choose(points[pointAt(event)]));
  picture.classList.add('pointed');
  host.replaceChildren(picture);
  return at < 0 ? text : `${text} A click takes the value over.`;
}

/** The quantiles within what is drawn. */
const clipped = (quantiles, points) => quantiles.map((value) => Math.min(points.at(-1), Math.max(points[0], value)));

function bars(host, { model, feature, answers, current, choose, width, lines }, values) {
  // One bar a level: of a classification, the probability of the class that is answered now.
  const now = values.findIndex((value) => value === current);
  const field = model.target.response_field;
  let line = lines[0];
  let of = '';
  if (model.task === 'classification') {
    const { place } = classOf(model, answers[Math.max(0, now)][field]);
    line = lines.find((candidate) => candidate.place === place) ?? line;
    of = ` The bars are the probability of ${line.name}.`;
  }
  const top = Math.max(...line.values.map(Math.abs), 1e-12);
  const rows = values.map((value, place) => {
    const fill = h('span', { class: `fill${model.task === 'classification' ? ` class-${line.place % 6}` : ''}` });
    fill.style.width = `${(Math.abs(line.values[place]) / (model.task === 'classification' ? 1 : top)) * 100}%`;
    const name = value === true ? 'yes' : value === false ? 'no' : String(value);
    return h(
      'li',
      { class: place === now ? 'chosen' : undefined },
      h('button', { type: 'button', class: 'bar-name', 'aria-pressed': String(place === now), click: () => choose(value) }, name),
      h('span', { class: 'bar', 'aria-hidden': 'true' }, fill),
      h('span', { class: 'bar-value' }, written(model, line.values[place])),
    );
  });
  host.replaceChildren(h('ul', { class: 'bars levels' }, rows));
  const total =
    feature.schema.enum?.filter((choice) => choice !== null).length ?? feature.distribution.levels?.length ?? values.length;
  const cut = total > values.length ? ` The ${values.length} of ${total} levels that training saw most.` : '';
  return `The answer for each value of ${feature.column}.${of}${cut}`;
}

function nearest(points, value) {
  if (typeof value !== 'number') return -1;
  let best = 0;
  for (let place = 1; place < points.length; place++) {
    if (Math.abs(points[place] - value) < Math.abs(points[best] - value)) best = place;
  }
  return best;
}

/** The height of a drawn line at a place between its points. */
function between(points, values, at) {
  const next = points.findIndex((point) => point >= at);
  if (next <= 0) return values[0];
  const share = (at - points[next - 1]) / (points[next] - points[next - 1]);
  return values[next - 1] + share * (values[next] - values[next - 1]);
}

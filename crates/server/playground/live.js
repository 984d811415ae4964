// Live pictures: how long this page's requests took, what the server counts of the model, and drift where the server tells it.

import { ask, events, timings } from './api.js';
import { drawing, h, onResize, svg } from './dom.js';
import { showDrift } from './drift.js';
import { count, scale, short, ticks } from './number.js';

const PERIOD = 5000;
const HEIGHT = 130;

export class Live {
  constructor(host, context) {
    this.context = context;
    this.picture = h('div', { class: 'picture' });
    this.summary = h('p', { class: 'small', id: 'latency' }, 'No requests yet.');
    this.server = h('div', { id: 'server-figures' });
    this.drift = h('div', { id: 'drift' });
    host.replaceChildren(h('div', {}, h('h3', {}, 'Requests of this page'), this.picture, this.summary), this.server, this.drift);
    events.addEventListener('asked', () => this.draw());
    onResize(this.picture, () => this.draw());
    // Nobody is asked for what nobody sees.
    this.seen = false;
    new IntersectionObserver(([entry]) => {
      this.seen = entry.isIntersecting;
      if (this.seen) this.look();
    }).observe(host);
    setInterval(() => this.look(), PERIOD);
  }

  draw() {
    const shown = timings.slice(-120);
    if (shown.length === 0) return;
    const sorted = shown.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b);
    const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
    const width = Math.max(240, this.picture.clientWidth);
    const top = Math.max(sorted.at(-1), 1) * 1.1;
    const y = scale(0, top, HEIGHT - 16, 8);
    const x = scale(0, Math.max(20, shown.length) - 1, 40, width - 10);
    const label = `Half of ${shown.length} requests took at most ${short(at(0.5))} ms, 95 % at most ${short(at(0.95))} ms.`;
    this.summary.textContent = label;
    this.picture.replaceChildren(
      drawing(
        width,
        HEIGHT,
        label,
        ticks(0, top, 3).map((tick) => [
          svg('line', { class: 'grid-line', x1: 40, x2: width - 10, y1: y(tick), y2: y(tick) }),
          svg('text', { x: 34, y: y(tick) + 4, 'text-anchor': 'end' }, short(tick)),
        ]),
        svg('line', { class: 'now', x1: 40, x2: width - 10, y1: y(at(0.5)), y2: y(at(0.5)) }),
        shown.map(({ milliseconds, what, ok }, place) =>
          svg(
            'circle',
            { class: ok ? 'sample' : 'sample bad', cx: x(place), cy: y(milliseconds), r: 3.2 },
            svg('title', {}, `${what}: ${short(milliseconds)} ms`),
          ),
        ),
        svg('text', { x: 40, y: HEIGHT - 2 }, 'milliseconds, oldest first'),
      ),
    );
  }

  /** Another model is shown. */
  suit() {
    this.before = null;
    this.countsAreTold = undefined;
    this.driftIsTold = undefined;
    this.server.replaceChildren();
    this.drift.replaceChildren();
    if (this.seen) this.look();
  }

  async look() {
    const { model, version } = this.context();
    if (!this.seen || document.hidden || !model) return;
    const named = encodeURIComponent(model.name);
    const at = version ? `${named}/versions/${model.version}` : named;
    await this.tell('countsAreTold', `v2/models/${at}/stats`, ({ model_stats: versions }) => this.count(versions));
    await this.tell('driftIsTold', `v1/models/${at}/drift`, (drift) => showDrift(this.drift, drift));
  }

  /** Asks and shows. What the server refused once, because it has no such route or the key no such scope, is not asked for again. */
  async tell(isTold, path, show) {
    if (this[isTold] === false) return;
    try {
      show(await ask(path));
      this[isTold] = true;
    } catch (problem) {
      if (problem.status) this[isTold] = false;
    }
  }

  count(versions) {
    const now = performance.now();
    const total = versions.reduce((sum, { inference_stats: stats }) => sum + stats.success.count, 0);
    const rate = this.before ? ((total - this.before.total) / (now - this.before.now)) * 1000 : null;
    this.before = { total, now };
    const row = ({ version, inference_count: rows, inference_stats: stats }) =>
      h(
        'tr',
        {},
        [
          version,
          count(stats.success.count),
          count(stats.fail.count),
          count(rows),
          stats.success.count ? `${short(stats.success.ns / stats.success.count / 1e6)} ms` : '–',
        ].map((text, place) => (place === 0 ? h('th', { scope: 'row' }, text) : h('td', {}, text))),
      );
    this.server.replaceChildren(
      h('h3', {}, 'All requests to the model'),
      h(
        'div',
        { class: 'table', tabindex: 0, role: 'region', 'aria-label': 'Requests of each version' },
        h(
          'table',
          {},
          h(
            'thead',
            {},
            h(
              'tr',
              {},
              ['Version', 'Answered', 'Failed', 'Rows', 'Mean time'].map((name) => h('th', { scope: 'col' }, name)),
            ),
          ),
          h('tbody', {}, versions.map(row)),
        ),
      ),
      h(
        'p',
        { class: 'mute small' },
        rate === null ? 'Since the server started.' : `Since the server started; ${short(rate)} requests a second now.`,
      ),
    );
  }
}

// Scoring of a file: dropped, chosen or pasted; with progress, a look at the first rows, and the result to take away.

import { h } from './dom.js';
import { Records } from './csv.js';
import { count } from './number.js';
import { Scoring, TableError } from './scoring.js';

const PREVIEWED = 8;
const PIECE = 65536;

export class FileScoring {
  constructor(host, context) {
    this.context = context;
    this.input = h('input', { type: 'file', id: 'csv-file', accept: '.csv,.tsv,.txt,text/csv', change: () => this.chosen() });
    this.text = h('textarea', { id: 'csv-text', rows: 4, spellcheck: 'false', 'aria-describedby': 'csv-hint' });
    this.details = h('input', { type: 'checkbox', id: 'csv-details' });
    this.detailsLabel = h('label', { class: 'check', for: 'csv-details' }, this.details, h('span'));
    this.start = h('button', { type: 'button', id: 'csv-start', click: () => this.pasted() }, 'Score the text');
    this.stop = h(
      'button',
      { type: 'button', class: 'quiet', id: 'csv-stop', hidden: true, click: () => this.abort?.abort() },
      'Stop',
    );
    this.bar = h('progress', { id: 'csv-progress', max: 1, value: 0, 'aria-label': 'Progress', hidden: true });
    this.status = h('p', { id: 'csv-status', role: 'status' });
    this.download = h('a', { class: 'button', id: 'csv-download', hidden: true }, 'Download the result');
    this.outcome = h('div', { id: 'csv-outcome' });
    const zone = h(
      'label',
      { class: 'zone', for: 'csv-file' },
      h('strong', {}, 'Choose a CSV file'),
      h('span', { class: 'mute' }, ' or drop it here'),
      this.input,
    );
    const over = (isOver) => (event) => {
      event.preventDefault();
      zone.classList.toggle('over', isOver);
    };
    zone.addEventListener('dragover', over(true));
    zone.addEventListener('dragleave', over(false));
    zone.addEventListener('drop', (event) => {
      over(false)(event);
      const [file] = event.dataTransfer.files;
      if (file) this.run(file, file.name);
    });
    this.hint = h('p', { class: 'mute small', id: 'csv-hint' });
    host.replaceChildren(
      this.hint,
      zone,
      h('label', { class: 'above', for: 'csv-text' }, 'or paste it'),
      this.text,
      h('div', { class: 'row' }, this.detailsLabel, this.start, this.stop),
      this.bar,
      this.status,
      this.download,
      this.outcome,
    );
  }

  /** What can be asked for beside the predictions. */
  suit(model) {
    const { proba, interval } = model.options;
    this.option = proba ? 'proba=true' : interval ? `interval=${interval}` : null;
    this.detailsLabel.hidden = !this.option;
    this.detailsLabel.lastChild.textContent = proba ? 'with probabilities' : 'with intervals';
    const names = model.features.map(({ column }) => column);
    this.hint.textContent = `The first line names the columns: ${names.slice(0, 6).join(', ')}${names.length > 6 ? `, … (${names.length} in all)` : ''}. Others are kept and not sent. Rows go to this server a thousand at a time.`;
  }

  chosen() {
    const [file] = this.input.files;
    // So that choosing the same file again is a change, too.
    this.input.value = '';
    if (file) this.run(file, file.name);
  }

  pasted() {
    if (this.text.value.trim() === '') {
      this.status.textContent = 'There is nothing to score yet: paste a table first.';
      this.text.focus();
      return;
    }
    this.run(new Blob([this.text.value]), 'table.csv');
  }

  async run(blob, name) {
    this.abort?.abort();
    const abort = new AbortController();
    this.abort = abort;
    const { model, place } = this.context();
    const scoring = new Scoring(model, place, this.details.checked ? this.option : null);
    this.busy(true);
    this.outcome.replaceChildren();
    const began = performance.now();
    let failure = null;
    try {
      await this.read(blob, scoring, abort.signal);
    } catch (error) {
      failure = error;
    }
    if (this.abort !== abort) return;
    this.busy(false);
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    if (failure) this.failed(failure, scoring);
    else
      this.status.textContent = `${count(scoring.rows)} rows scored in ${seconds} s${scoring.failed ? `, ${count(scoring.failed)} of them refused` : ''}.${scoring.unused.length ? ` Not sent: ${scoring.unused.join(', ')}.` : ''}`;
    if (scoring.rows > 0) await this.offer(scoring, name);
  }

  async read(blob, scoring, signal) {
    const reader = blob.stream().pipeThrough(new TextDecoderStream()).getReader();
    let read = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      for (let from = 0; from < value.length; from += PIECE) {
        const piece = value.slice(from, from + PIECE);
        await scoring.feed(piece, signal);
        signal.throwIfAborted();
        read += piece.length;
        // Letters stand for bytes: exact for most tables, and near enough for a bar.
        this.bar.value = Math.min(1, read / Math.max(1, blob.size));
        this.status.textContent = `${count(scoring.rows)} rows …`;
      }
    }
    await scoring.end(signal);
  }

  busy(isBusy) {
    this.bar.hidden = !isBusy;
    this.stop.hidden = !isBusy;
    this.start.disabled = isBusy;
    this.download.hidden = true;
    if (isBusy) {
      this.bar.value = 0;
      this.status.textContent = 'Reading …';
      if (this.download.href) URL.revokeObjectURL(this.download.href);
    }
  }

  failed(error, scoring) {
    const so = scoring.rows > 0 ? ` The ${count(scoring.rows)} rows before it are scored.` : '';
    this.status.textContent =
      error.name === 'AbortError'
        ? `Stopped.${so}`
        : error instanceof TableError || error.status
          ? `${error.message}${so}`
          : `The server cannot be reached.${so}`;
    const errors =
      error.errors?.map(({ loc, msg, expected }) => `${loc}: ${msg}${expected ? ` (expected ${expected})` : ''}`) ?? [];
    if (errors.length > 0)
      this.outcome.replaceChildren(
        h(
          'ul',
          { class: 'faults' },
          errors.map((text) => h('li', {}, text)),
        ),
      );
  }

  async offer(scoring, name) {
    const pieces = await scoring.result();
    this.download.href = URL.createObjectURL(new Blob(pieces, { type: 'text/csv' }));
    this.download.download = `${name.replace(/\.[a-z]+$/i, '')}.scored.csv`;
    this.download.hidden = false;
    if (scoring.faults.length > 0) {
      const more = scoring.failed - scoring.faults.length;
      this.outcome.replaceChildren(
        h('h3', {}, 'Refused rows'),
        h(
          'ul',
          { class: 'faults' },
          scoring.faults.map((text) => h('li', {}, text)),
        ),
        more > 0 ? h('p', { class: 'mute' }, `and ${count(more)} more; the column error of the result has them all.`) : '',
      );
    }
    const records = new Records(scoring.records.delimiter);
    const [head, ...rows] = records.feed(pieces[0] + pieces[1]).slice(0, PREVIEWED + 1);
    const added = head.cells.length - scoring.header.length;
    const own = (place) => (place >= head.cells.length - added ? 'own' : undefined);
    this.outcome.prepend(
      h(
        'div',
        { class: 'table', tabindex: 0, role: 'region', 'aria-label': 'First rows of the result' },
        h(
          'table',
          {},
          h(
            'thead',
            {},
            h(
              'tr',
              {},
              head.cells.map((cell, place) => h('th', { scope: 'col', class: own(place) }, cell)),
            ),
          ),
          h(
            'tbody',
            {},
            rows.map(({ cells }) =>
              h(
                'tr',
                {},
                cells.map((cell, place) => h('td', { class: own(place) }, cell)),
              ),
            ),
          ),
        ),
      ),
    );
  }
}

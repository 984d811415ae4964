// Scores a table of any size: some rows a request, so that neither the page nor the server ever holds more than it shows. A row
// that cannot be answered is told with its line and loses no other.

import { ask } from './api.js';
import { Records, lineOf } from './csv.js';

const ROWS = 1000;
const LETTERS = 200_000;
const RETRIES = 5;
const LISTED_FAULTS = 50;

/** A table that cannot be scored, in words. */
export class TableError extends Error {}

/** The table as it grows. */
export class Scoring {
  constructor(model, place, options) {
    this.model = model;
    this.path = `${place}predict${options ? `?${options}` : ''}`;
    this.records = new Records();
    this.most = ROWS;
    this.rows = 0;
    this.faults = [];
    this.failed = 0;
    /** The result in parts: its lines, and what is wrong with the refused ones by their place. */
    this.parts = [];
    this.columns = null;
    this.waiting = [];
    this.letters = 0;
  }

  /** Takes a piece of text, and answers what is complete. */
  async feed(piece, signal) {
    await this.take(this.records.feed(piece), signal);
  }

  async end(signal) {
    await this.take(this.records.end(), signal);
    await this.flush(signal);
    if (!this.columns) throw new TableError('The table is empty.');
    if (this.rows === 0) throw new TableError('The table has a line of names and no rows.');
  }

  async take(records, signal) {
    for (const record of records) {
      if (!this.columns && this.begin(record.cells)) continue;
      this.waiting.push(record);
      this.letters += record.cells.reduce((sum, cell) => sum + cell.length + 1, 0);
      if (this.waiting.length >= this.most || this.letters >= LETTERS) await this.flush(signal);
    }
  }

  /** Finds the columns by the first record, and says whether it held their names. */
  begin(cells) {
    const { features } = this.model;
    const names = cells.map((cell) => cell.trim().split(/\s+/).join(' '));
    const known = names.map((name) => features.some(({ identifier, column }) => name === identifier || name === column));
    if (known.includes(true)) {
      this.columns = known.flatMap((isKnown, place) => (isKnown ? [place] : []));
      this.sent = this.columns.map((place) => names[place]);
      this.unused = names.filter((_, place) => !known[place]);
      this.header = cells;
      return true;
    }
    if (cells.length === features.length) {
      this.columns = features.map((_, place) => place);
      this.sent = features.map(({ identifier }) => identifier);
      this.unused = [];
      this.header = this.sent;
      return false;
    }
    throw new TableError(
      `The first line names no feature of the model and has ${cells.length} cells, not ${features.length}. Expected names such as ${features
        .slice(0, 3)
        .map(({ column }) => column)
        .join(', ')}.`,
    );
  }

  async flush(signal) {
    const { waiting } = this;
    this.waiting = [];
    this.letters = 0;
    for (let from = 0; from < waiting.length;) {
      const some = waiting.slice(from, from + this.most);
      if (await this.answer(some, signal)) from += some.length;
    }
  }

  /** Answers some rows. False when they were too many for one request of this server; then fewer are sent. */
  async answer(records, signal) {
    let left = records;
    const wrong = new Map();
    const answers = new Map();
    while (left.length > 0) {
      const reply = await this.request(left, signal);
      if (reply === null) return false;
      if (reply.table) {
        const rows = new Records(',');
        const [head, ...lines] = [...rows.feed(reply.table), ...rows.end()];
        this.answered ??= head.cells;
        left.forEach((record, place) => answers.set(record, lines[place].cells));
        break;
      }
      for (const [record, fault] of reply.wrong) wrong.set(record, fault);
      left = left.filter((record) => !wrong.has(record));
      if (left.length === 0 && this.rows === this.failed) {
        throw new TableError(
          `None of the first ${records.length} rows can be read. Line ${records[0].line}: ${wrong.get(records[0])}`,
        );
      }
    }
    const nothing = (this.answered ?? [this.model.target.response_field]).map(() => '');
    const part = { lines: [], wrong: new Map() };
    for (const record of records) {
      const fault = wrong.get(record);
      if (fault) {
        this.failed++;
        part.wrong.set(part.lines.length, fault);
        if (this.faults.length < LISTED_FAULTS) this.faults.push(`Line ${record.line}: ${fault}`);
      }
      part.lines.push(lineOf([...record.cells, ...(answers.get(record) ?? nothing)], this.records.delimiter));
    }
    this.parts.push(part);
    this.rows += records.length;
    return true;
  }

  /** One request: the answers, or the rows that the server refused. Null when it refused their number. */
  async request(records, signal) {
    const lines = [];
    const starts = [];
    let line = 2;
    for (const { cells } of records) {
      const text = lineOf(
        this.columns.map((place) => cells[place] ?? ''),
        ',',
      );
      starts.push(line);
      line += text.split('\n').length;
      lines.push(text);
    }
    const body = `${lineOf(this.sent, ',')}\n${lines.join('\n')}\n`;
    for (let tries = 0; ; tries++) {
      try {
        return {
          table: await ask(this.path, { body, type: 'text/csv', accept: 'text/csv', signal, measured: `${records.length} rows` }),
        };
      } catch (problem) {
        if ([429, 503].includes(problem.status) && tries < RETRIES) {
          await new Promise((done) => setTimeout(done, 1000 * problem.retryAfter));
          continue;
        }
        if (records.length > 1 && (problem.status === 413 || problem.errors?.some(({ msg }) => msg === 'too many rows'))) {
          this.most = Math.ceil(records.length / 2);
          return null;
        }
        const wrong = new Map();
        for (const fault of problem.errors ?? []) {
          const place = starts.findLastIndex((start) => start <= fault.line);
          if (place >= 0 && !wrong.has(records[place])) wrong.set(records[place], said(fault));
        }
        if (wrong.size === 0) throw problem;
        return { wrong };
      }
    }
  }

  /** The result as pieces of text, the first of them its header. The column of errors is there when there are any. */
  async result() {
    const { delimiter } = this.records;
    const hasErrors = this.failed > 0;
    const pieces = [`${lineOf([...this.header, ...(this.answered ?? []), ...(hasErrors ? ['error'] : [])], delimiter)}\n`];
    for (const { lines, wrong } of this.parts) {
      const told = hasErrors
        ? lines.map((line, place) => `${line}${delimiter}${lineOf([wrong.get(place) ?? ''], delimiter)}`)
        : lines;
      pieces.push(`${told.join('\n')}\n`);
      // The page goes on meanwhile.
      if (pieces.length % 50 === 0) await new Promise((done) => setTimeout(done));
    }
    return pieces;
  }
}

/** A fault of a cell without its place, which is that of a part of the table. */
function said({ msg, expected, got, column_name: name }) {
  return `${name ? `${name} ` : ''}${msg}${expected ? ` (expected ${expected}${got === undefined ? '' : `, got ${got}`})` : ''}`;
}

// A table as text: cut into records while it comes, and written.

const DELIMITERS = [',', ';', '\t', '|'];

/** Cuts text that comes in pieces into records. Quoted cells may hold delimiters, quotes and line ends. */
export class Records {
  constructor(delimiter = null) {
    this.delimiter = delimiter;
    this.rest = '';
    this.line = 1;
  }

  /** The records that are complete with this piece: `{ line, cells }`, where each begins and what it holds. */
  feed(piece) {
    this.rest += piece;
    return this.cut(false);
  }

  /** The last record, which may have no line end. */
  end() {
    return this.cut(true);
  }

  cut(last) {
    const records = [];
    const text = this.rest;
    let start = 0;
    let from = 0;
    let quotes = 0;
    for (;;) {
      let stop = text.indexOf('\n', from);
      if (stop < 0) {
        if (!last) break;
        stop = text.length;
        if (start >= stop) break;
      }
      for (let at = text.indexOf('"', from); at >= 0 && at < stop; at = text.indexOf('"', at + 1)) quotes++;
      from = stop + 1;
      // Within quotes the record goes on in the next line.
      if (quotes % 2 === 1 && stop < text.length) continue;
      const record = text.slice(start, text[stop - 1] === '\r' && stop - 1 >= start ? stop - 1 : stop);
      const line = this.line;
      this.line += 1 + (quotes > 0 ? record.split('\n').length - 1 : 0);
      start = from;
      if (record.trim() !== '') {
        this.delimiter ??= delimiterOf(record);
        records.push({ line, cells: quotes > 0 ? quoted(record, this.delimiter) : record.split(this.delimiter) });
      }
      quotes = 0;
    }
    this.rest = last ? '' : text.slice(start);
    return records;
  }
}

/** The delimiter that the first record has most of, outside of quotes. */
function delimiterOf(record) {
  const bare = record.replace(/"[^"]*"/g, '');
  const counts = DELIMITERS.map((delimiter) => bare.split(delimiter).length);
  return DELIMITERS[counts.indexOf(Math.max(...counts))];
}

function quoted(record, delimiter) {
  const cells = [];
  let cell = '';
  let inside = false;
  for (let at = 0; at < record.length; at++) {
    const letter = record[at];
    if (inside) {
      if (letter !== '"') cell += letter;
      else if (record[at + 1] === '"') {
        cell += '"';
        at++;
      } else inside = false;
    } else if (letter === '"' && cell === '') inside = true;
    else if (letter === delimiter) {
      cells.push(cell);
      cell = '';
    } else cell += letter;
  }
  cells.push(cell);
  return cells;
}

/** A record as a line, without its end. */
export function lineOf(cells, delimiter) {
  return cells
    .map((cell) => (cell.includes(delimiter) || /["\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell))
    .join(delimiter);
}

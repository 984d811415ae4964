// The form of a question, made from the schema of the model: the control that suits each feature, within its bounds, with what
// it means. Nothing is judged here; the server's own words stand at the field that they are about.

import { h } from './dom.js';
import { short, stepOf } from './number.js';

/** A form with one field for each feature. `changed` is called when its reader changes anything. */
export class Form {
  constructor(host, model, changed) {
    this.fields = model.features.map((feature, position) => new Field(feature, position, changed));
    host.replaceChildren(...this.fields.map((field) => field.element));
    host.onsubmit = (event) => event.preventDefault();
  }

  /** The question as an object; what is empty is left out. */
  values() {
    const values = {};
    for (const field of this.fields) {
      const value = field.value();
      if (value !== undefined) values[field.feature.identifier] = value;
    }
    return values;
  }

  /** Puts in the values of a row by position. */
  fill(row) {
    this.fields.forEach((field, position) => field.set(row[position]));
  }

  /** Takes over what has the same name from another form. */
  keep(values) {
    for (const field of this.fields) {
      if (field.feature.identifier in values) field.set(values[field.feature.identifier]);
    }
  }

  field(identifier) {
    return this.fields.find((field) => field.feature.identifier === identifier);
  }

  /** Shows each fault at its field and gives back those that are about none. */
  tell(errors, warnings = []) {
    const told = new Map();
    const elsewhere = [];
    for (const [kind, faults] of [
      ['error', errors],
      ['warning', warnings],
    ]) {
      for (const fault of faults) {
        const field = this.fields.find(({ feature }) => placeIs(fault.loc, feature));
        if (!field) elsewhere.push(fault);
        else if (!told.has(field)) told.set(field, [kind, words(fault)]);
      }
    }
    for (const field of this.fields) field.tell(...(told.get(field) ?? []));
    return elsewhere;
  }
}

const placeIs = (place, feature) =>
  [feature.identifier, feature.column].some((name) => place === name || place.endsWith(`.${name}`));

/** A fault in one sentence, without its place. */
export function words({ msg, expected, got }) {
  const found = got === undefined || got === 'nothing' ? '' : `, not ${got}`;
  return expected ? `${msg}: ${expected}${found}` : `${msg}${found}`;
}

class Field {
  constructor(feature, position, changed) {
    this.feature = feature;
    this.id = `field-${position}`;
    const { schema, unit } = feature;
    const types = [schema.type].flat();
    this.isInteger = types.includes('integer');
    const nullable = types.includes('null');
    this.choices = (schema.enum ?? []).filter((choice) => choice !== null);
    const described = `${this.id}-hint ${this.id}-fault`;
    this.control = this.make(types, described);
    this.control.addEventListener('input', () => {
      this.follow();
      changed();
    });
    this.control.addEventListener('change', changed);
    this.fault = h('p', { class: 'fault', id: `${this.id}-fault` });
    if (nullable) {
      this.missing = h('input', { type: 'checkbox', id: `${this.id}-missing`, 'aria-label': `${feature.column} is missing` });
      this.missing.addEventListener('change', () => {
        this.follow();
        changed();
      });
    }
    this.element = h(
      'div',
      { class: 'field', 'data-feature': feature.identifier },
      h(
        'div',
        { class: 'name' },
        h('label', { for: this.id }, feature.column, unit ? h('span', { class: 'unit' }, ` ${unit}`) : null),
        nullable ? h('label', { class: 'missing', for: `${this.id}-missing` }, this.missing, 'missing') : null,
      ),
      h('p', { class: 'hint', id: `${this.id}-hint` }, ...hint(feature)),
      h('div', { class: 'control' }, this.control, this.range ?? null, this.list ?? null),
      this.fault,
    );
  }

  make(types, described) {
    const { schema, distribution } = this.feature;
    const common = { id: this.id, 'aria-describedby': described };
    if (types.includes('boolean')) return h('input', { ...common, type: 'checkbox', class: 'switch' });
    if (this.choices.length > 0) {
      return h(
        'select',
        common,
        this.choices.map((choice, place) => h('option', { value: place }, String(choice))),
      );
    }
    const levels = distribution.levels?.map(({ value }) => value);
    if (levels) {
      this.list = h(
        'datalist',
        { id: `${this.id}-list` },
        levels.slice(0, 500).map((value) => h('option', { value })),
      );
      common.list = `${this.id}-list`;
    }
    if (types.includes('string')) {
      this.isText = true;
      return h('input', { ...common, type: 'text', autocomplete: 'off', spellcheck: 'false' });
    }
    const { minimum, maximum } = schema;
    const seen = distribution.quantiles?.length ? [distribution.minimum, distribution.maximum] : null;
    const step = levels || this.isInteger ? 1 : stepOf(seen ? seen[1] - seen[0] : 100);
    if (seen && seen[1] > seen[0]) {
      // A second handle on the same value, for pointers; the field itself is for the keyboard and for readers of screens.
      this.slider = h('input', { type: 'range', min: seen[0], max: seen[1], step: this.isInteger ? 1 : 'any', tabindex: -1 });
      this.slider.addEventListener('input', () => {
        const value = Number(this.slider.value);
        const rounded = this.isInteger ? Math.round(value) : Number((Math.round(value / step) * step).toPrecision(10));
        this.control.value = Math.min(seen[1], Math.max(seen[0], rounded));
        this.control.dispatchEvent(new Event('input'));
      });
    }
    if (this.slider) {
      this.range = h(
        'div',
        { class: 'range', 'aria-hidden': 'true' },
        h('span', {}, short(seen[0])),
        this.slider,
        h('span', {}, short(seen[1])),
      );
    }
    return h('input', { ...common, type: 'number', step, min: minimum, max: maximum, inputmode: 'decimal' });
  }

  /** The value as JSON has it; undefined when there is none. */
  value() {
    if (this.missing?.checked) return null;
    if (this.control.type === 'checkbox') return this.control.checked;
    if (this.choices.length > 0) return this.choices[this.control.value];
    const text = this.control.value;
    if (this.isText) return text;
    return text === '' ? undefined : Number(text);
  }

  set(value) {
    const absent = value === null || value === undefined;
    if (this.missing) this.missing.checked = absent;
    if (!absent) {
      if (this.control.type === 'checkbox') this.control.checked = value === true;
      else if (this.choices.length > 0) {
        const place = this.choices.indexOf(value);
        if (place >= 0) this.control.value = place;
      } else this.control.value = String(value);
    }
    this.follow();
  }

  /** What depends on the value. */
  follow() {
    this.control.disabled = this.missing?.checked ?? false;
    if (this.slider) {
      this.slider.disabled = this.control.disabled;
      this.slider.value = this.control.value;
    }
  }

  tell(kind, text = '') {
    if (kind !== 'error' && this.control.validity.badInput) [kind, text] = ['error', 'not a number'];
    this.element.classList.toggle('wrong', kind === 'error');
    this.element.classList.toggle('odd', kind === 'warning');
    if (kind === 'error') this.control.setAttribute('aria-invalid', 'true');
    else this.control.removeAttribute('aria-invalid');
    this.fault.textContent = text;
  }
}

function hint({ description, distribution, schema }) {
  const sentences = [description, schema.default === undefined ? null : `If missing, ${schema.default} stands in`].filter(Boolean);
  const range = distribution.quantiles?.length
    ? `Seen in training: ${short(distribution.minimum)} to ${short(distribution.maximum)}.`
    : '';
  // Who sees the page sees the range beside the slider.
  return [
    sentences.map((text) => (/[.!?]$/.test(text) ? text : `${text}.`)).join(' '),
    h('span', { class: 'hidden' }, ` ${range}`),
  ];
}

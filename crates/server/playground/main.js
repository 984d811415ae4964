// The page: asks which model is here, makes the form, and asks the model whenever its reader changes a value.

import { showAnswer, showHeadline } from './answer.js';
import { ask, events, hasKey, needsKey, placeOf, setKey } from './api.js';
import { Calls } from './calls.js';
import { showCard } from './card.js';
import { byId, debounced, h, onResize } from './dom.js';
import { FileScoring } from './file.js';
import { Form } from './form.js';
import { Live } from './live.js';
import { short } from './number.js';
import { showWaterfall, stepsOf } from './waterfall.js';
import { pointsOf, showWhatIf } from './whatif.js';

const ANSWER_AFTER = 120;
const CURVE_AFTER = 280;

/** What is shown: the catalogue, the chosen model and version, all that the model says of itself, and its form. */
const page = { models: [], name: '', version: '', model: null, form: null, place: '' };
const under = { answer: null, curve: null };

const calls = new Calls(byId('call'));
const scoring = new FileScoring(byId('scoring'), () => page);
const live = new Live(byId('figures'), () => page);

async function open() {
  const chosen = new URLSearchParams(location.search);
  page.name = chosen.get('model') ?? '';
  page.version = chosen.get('version') ?? '';
  try {
    const catalogue = await ask('models');
    page.models = catalogue.models;
    page.default = catalogue.default_model;
    page.name ||= page.default ?? page.models[0]?.name ?? '';
    offerVersions();
    await load();
    byId('key-form').hidden = true;
    byId('lock').hidden = !needsKey;
  } catch (error) {
    if (error.status === 401) lock(error.message);
    else if (error.status === 403 && needsKey) lock(error.message);
    else failed(error);
  }
}

/** Asks for a key; `reason` is why the last one was not taken. */
function lock(reason) {
  byId('model-area').hidden = true;
  byId('key-form').hidden = false;
  byId('lock').hidden = true;
  byId('key-error').textContent = hasKey() ? reason : '';
  setKey(null);
  byId('key').value = '';
  byId('key').focus();
}

function failed(error) {
  notice(
    error.status ? error.message : 'The server cannot be reached.',
    h('button', { type: 'button', click: () => open() }, 'Try again'),
  );
}

function notice(text, ...more) {
  byId('notice').hidden = !text;
  byId('notice').replaceChildren(text ?? '', ' ', ...more);
}

function offerVersions() {
  const option = (value, text, chosen) => h('option', { value, selected: value === chosen }, text);
  byId('model').replaceChildren(...page.models.map(({ name }) => option(name, name, page.name)));
  byId('model-pick').hidden = page.models.length < 2;
  const entry = page.models.find(({ name }) => name === page.name);
  const versions = entry?.versions ?? [];
  const aliases = versions.flatMap(({ version, aliases }) => aliases.map((alias) => [alias, `${alias} → ${version}`]));
  const named = versions.filter(({ state }) => state === 'ready').map(({ version }) => [String(version), `${version}`]);
  const split = Object.keys(entry?.traffic?.split ?? {}).length > 1;
  const first = split ? 'by traffic' : entry?.default_version ? `default → ${entry.default_version}` : 'default';
  byId('version').replaceChildren(
    option('', first, page.version),
    ...[...aliases, ...named.reverse()].map(([value, text]) => option(value, text, page.version)),
  );
  byId('version-pick').hidden = aliases.length + named.length < 2 && aliases.length === 0;
}

/** Shows the model that is chosen. What was typed stays where it has the same name. */
async function load() {
  page.place = page.version || page.name !== page.default ? placeOf(page.name, page.version) : '';
  const model = await ask(page.place ? page.place.slice(0, -1) : 'v1/model');
  const typed = page.model?.name === model.name ? page.form.values() : null;
  page.model = model;
  document.title = `${model.title} – playground`;
  document.querySelector('h1').textContent = model.title;
  byId('description').textContent = model.description;
  page.form = new Form(byId('fields'), model, changed);
  const rows = model.examples.map((row, place) => [place === 0 ? 'a typical row' : `training row ${place + 1}`, row]);
  rows.push(['the middle of each feature', middles(model)]);
  byId('start').replaceChildren(...rows.map(([name], place) => h('option', { value: place }, name)));
  byId('start').onchange = ({ target }) => {
    page.form.fill(rows[target.value][1]);
    changed();
  };
  page.form.fill(rows[0][1]);
  if (typed) page.form.keep(typed);
  const important = [...model.importances].sort((a, b) => b.impurity - a.impurity)[0]?.feature;
  byId('feature').replaceChildren(
    ...model.features.map(({ identifier, column }) => h('option', { value: identifier, selected: column === important }, column)),
  );
  byId('why').hidden = !model.options.explain;
  showCard(byId('facts'), model);
  scoring.suit(model);
  byId('model-area').hidden = false;
  notice(null);
  live.suit();
  await answer();
  curve();
}

/** The median of each number and the most frequent level of everything else. */
function middles({ features }) {
  return features.map(({ schema, distribution: { quantiles, levels } }, place) => {
    const whole = [schema.type].flat().includes('integer');
    if (quantiles?.length) return whole ? Math.round(quantiles[10]) : Number(quantiles[10].toPrecision(6));
    return levels?.[0]?.value ?? schema.examples?.[0] ?? null;
  });
}

const answerSoon = debounced(ANSWER_AFTER, () => answer());
const curveSoon = debounced(CURVE_AFTER, () => curve());

function changed() {
  answerSoon();
  curveSoon();
}

/** What is asked for beside the prediction. */
function options({ proba, explain, interval }, explained) {
  const asked = [proba ? 'proba=true' : '', interval ? `interval=${interval}` : '', explain && explained ? 'explain=true' : ''];
  const query = asked.filter(Boolean).join('&');
  return query ? `?${query}` : '';
}

async function answer() {
  const { model, form, place } = page;
  const question = form.values();
  const path = `${place}predict${options(model.options, true)}`;
  calls.show(new URL(path, location).href, question);
  under.answer?.abort();
  under.answer = new AbortController();
  try {
    const answer = await ask(path, { body: JSON.stringify(question), signal: under.answer.signal, measured: 'answer' });
    const elsewhere = form.tell([], answer.warnings);
    showHeadline(byId('headline'), model, answer);
    showAnswer(byId('answer-body'), model, answer);
    byId('model-area').classList.remove('refused');
    notice(elsewhere.map(({ loc, msg }) => `${loc}: ${msg}`).join('; ') || null);
    page.answer = answer;
    if (answer.contributions) {
      page.explained = stepsOf(model, question, answer.contributions);
      const of = model.task === 'classification' ? 'the probability of this class' : 'the answer';
      byId('why-text').textContent = `What each value adds to ${of}, from ${short(page.explained.base)} without any feature.`;
      showWaterfall(byId('waterfall'), page.explained);
    }
    if (!performance.getEntriesByName('interactive').length) performance.mark('interactive');
  } catch (error) {
    if (error.name === 'AbortError') return;
    if (error.status === 401) return lock(error.message);
    byId('model-area').classList.add('refused');
    const elsewhere = error.errors ? form.tell(error.errors) : [];
    const wrong = (error.errors?.length ?? 0) + (error.more ?? 0) - elsewhere.length;
    if (wrong > 0) {
      byId('headline').replaceChildren(
        h('span', { class: 'value refused' }, wrong === 1 ? 'One value is refused' : `${wrong} values are refused`),
      );
      byId('answer-body').replaceChildren(h('p', { class: 'small' }, 'The server says why at each field.'));
    } else {
      byId('headline').replaceChildren(h('span', { class: 'value refused' }, 'No answer'));
      byId('answer-body').replaceChildren(
        h('p', { class: 'small' }, error.status ? error.message : 'The server cannot be reached.'),
      );
    }
  }
}

async function curve() {
  const { model, form, place } = page;
  const field = form.field(byId('feature').value);
  if (!field) return;
  const { feature } = field;
  const question = form.values();
  const current = question[feature.identifier];
  const tried = pointsOf(feature, current);
  const values = tried.points ?? tried.bars;
  if (values.length < 2) {
    byId('whatif-text').textContent = `Training saw one value of ${feature.column} or none.`;
    byId('curve').replaceChildren();
    return;
  }
  under.curve?.abort();
  under.curve = new AbortController();
  try {
    const rows = values.map((value) => ({ ...question, [feature.identifier]: value }));
    const answers = await ask(`${place}predict${options(model.options, false)}`, {
      body: JSON.stringify(rows),
      signal: under.curve.signal,
      measured: `${rows.length} rows`,
    });
    page.curve = {
      model,
      feature,
      tried,
      answers,
      current,
      choose: (value) => {
        field.set(value);
        changed();
      },
    };
    drawCurve();
  } catch (error) {
    if (error.name === 'AbortError') return;
    byId('whatif-text').textContent = 'There is a curve when the question is answered.';
  }
}

function drawCurve() {
  if (page.curve?.model === page.model) byId('whatif-text').textContent = showWhatIf(byId('curve'), page.curve);
}

async function choose() {
  const query = new URLSearchParams();
  if (page.name !== page.default || page.version) query.set('model', page.name);
  if (page.version) query.set('version', page.version);
  history.replaceState(null, '', query.size ? `?${query}` : location.pathname);
  try {
    await load();
  } catch (error) {
    failed(error);
  }
}

byId('model').addEventListener('change', ({ target }) => {
  page.name = target.value;
  page.version = '';
  offerVersions();
  choose();
});
byId('version').addEventListener('change', ({ target }) => {
  page.version = target.value;
  choose();
});
byId('feature').addEventListener('change', () => curve());
byId('lock').addEventListener('click', () => {
  setKey(null);
  lock('');
});
byId('key-form').addEventListener('submit', (event) => {
  event.preventDefault();
  setKey(byId('key').value.trim());
  open();
});
events.addEventListener('locked', () => byId('lock').setAttribute('hidden', ''));
onResize(byId('waterfall'), () => page.explained && showWaterfall(byId('waterfall'), page.explained));
onResize(byId('curve'), drawCurve);
onResize(byId('answer-body'), () => page.answer && showAnswer(byId('answer-body'), page.model, page.answer));

if (needsKey) lock('');
else open();

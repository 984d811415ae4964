// The page: asks for a key where one is needed, finds out which models are here, and shows the chosen one.

import { ask, hasKey, needsKey, placeOf, setKey } from './api.js';
import { Asking } from './asking.js';
import { Calls } from './calls.js';
import { showCard } from './card.js';
import { byId, h } from './dom.js';
import { FileScoring } from './file.js';
import { Form } from './form.js';
import { Live } from './live.js';
import { startingRows } from './rows.js';

/** What is shown: the catalogue, the chosen model and version, all that the model says of itself, and its form. */
const page = { models: [], name: '', version: '', model: null, form: null, place: '' };
/** Counts the choices, so that a model that comes late does not take the place of a later choice. */
let choices = 0;

const asking = new Asking(() => page, { calls: new Calls(byId('call')), notice, locked: lock });
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
  const choice = ++choices;
  const model = await ask(page.place ? page.place.slice(0, -1) : 'v1/model');
  if (choice !== choices) return;
  const typed = page.model?.name === model.name ? page.form.values() : null;
  page.model = model;
  document.title = `${model.title} – playground`;
  document.querySelector('h1').textContent = model.title;
  byId('description').textContent = model.description;
  page.form = new Form(byId('fields'), model, () => asking.changed());
  const rows = startingRows(model);
  byId('start').replaceChildren(...rows.map(([name], place) => h('option', { value: place }, name)));
  byId('start').onchange = ({ target }) => {
    page.form.fill(rows[target.value][1]);
    asking.changed();
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
  await asking.suit();
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
// What was told with the key goes with it.
byId('lock').addEventListener('click', () => location.reload());
byId('key-form').addEventListener('submit', (event) => {
  event.preventDefault();
  setKey(byId('key').value.trim());
  open();
});

if (needsKey) lock('');
else open();

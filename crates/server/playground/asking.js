// Asks the model what the form says, after a pause of its reader, and shows the answer, why it is so, and the curve. A newer question
// takes the place of one that is under way. Until a model has answered, an answer that nobody sees keeps the room for it, so that
// nothing on the page moves when it comes.

import { guessOf, showAnswer, showHeadline } from './answer.js';
import { ask } from './api.js';
import { byId, debounced, h, onResize } from './dom.js';
import { short } from './number.js';
import { showWaterfall, stepsOf } from './waterfall.js';
import { pointsOf, showWhatIf } from './whatif.js';

const ANSWER_AFTER = 120;
const CURVE_AFTER = 280;
/** What shows an answer, and what shows a curve. */
const OF_ANSWER = ['headline', 'answer-body', 'why-text', 'waterfall'];
const OF_CURVE = ['whatif-text', 'curve'];

/** What a request asks for beside the prediction. */
function options({ proba, explain, interval }, explained) {
  const asked = [proba ? 'proba=true' : '', interval ? `interval=${interval}` : '', explain && explained ? 'explain=true' : ''];
  const query = asked.filter(Boolean).join('&');
  return query ? `?${query}` : '';
}

export class Asking {
  /** `calls` shows the request as code, `notice` tells what is about no field, `locked` is called when the key is not taken. */
  constructor(context, { calls, notice, locked }) {
    Object.assign(this, { context, calls, notice, locked });
    this.answerSoon = debounced(ANSWER_AFTER, () => this.answer());
    this.curveSoon = debounced(CURVE_AFTER, () => this.curve());
    byId('feature').addEventListener('change', () => this.curve());
    onResize(byId('waterfall'), () => this.explained && showWaterfall(byId('waterfall'), this.explained));
    onResize(byId('answer-body'), () => this.answered && showAnswer(byId('answer-body'), ...this.answered));
    onResize(byId('curve'), () => this.draw());
  }

  /** A value of the form is another. */
  changed() {
    this.answerSoon();
    this.curveSoon();
  }

  /** Another model is shown. */
  async suit() {
    this.drawn = this.explained = this.answered = null;
    this.reserve();
    await this.answer();
    await this.curve();
  }

  /** Draws what the first answer will look like, unseen. */
  reserve() {
    const { model, form } = this.context();
    const guess = guessOf(model);
    for (const id of [...OF_ANSWER, ...OF_CURVE]) byId(id).classList.add('waiting');
    showHeadline(byId('headline'), model, guess);
    showAnswer(byId('answer-body'), model, guess);
    if (model.options.explain) this.explain(model, form.values(), guess.contributions);
    const field = form.field(byId('feature').value);
    if (!field) return;
    const { tried, current } = triedOf(field, form.values());
    const answers = (tried.points ?? tried.bars).map(() => guess);
    this.drawn = { model, feature: field.feature, tried, answers, current, choose: () => {} };
    if (answers.length > 1) this.draw();
  }

  async answer() {
    const { model, form, place } = this.context();
    const question = form.values();
    const path = `${place}predict${options(model.options, true)}`;
    this.calls.show(new URL(path, location).href, question);
    this.underWay?.abort();
    this.underWay = new AbortController();
    try {
      const answer = await ask(path, { body: JSON.stringify(question), signal: this.underWay.signal, measured: 'answer' });
      this.show(model, form, question, answer);
    } catch (error) {
      if (error.name === 'AbortError') return;
      if (error.status === 401) this.locked(error.message);
      else this.refuse(form, error);
    }
  }

  show(model, form, question, answer) {
    const elsewhere = form.tell([], answer.warnings);
    byId('model-area').classList.remove('refused');
    arrived(OF_ANSWER);
    showHeadline(byId('headline'), model, answer);
    this.answered = [model, answer];
    showAnswer(byId('answer-body'), ...this.answered);
    this.notice(elsewhere.map(({ loc, msg }) => `${loc}: ${msg}`).join('; ') || null);
    if (answer.contributions) this.explain(model, question, answer.contributions);
    if (!performance.getEntriesByName('interactive').length) performance.mark('interactive');
  }

  explain(model, question, contributions) {
    this.explained = stepsOf(model, question, contributions);
    const of = model.task === 'classification' ? 'the probability of this class' : 'the answer';
    byId('why-text').textContent = `What each value adds to ${of}, from ${short(this.explained.base)} without any feature.`;
    showWaterfall(byId('waterfall'), this.explained);
  }

  refuse(form, error) {
    arrived(OF_ANSWER);
    byId('model-area').classList.add('refused');
    byId('why-text').textContent = 'There is an explanation when the question is answered.';
    this.answered = null;
    const faults = error.errors ?? [];
    const elsewhere = form.tell(faults);
    const wrong = faults.length + (error.more ?? 0) - elsewhere.length;
    const [said, more] =
      wrong === 0
        ? ['No answer', error.status ? error.message : 'The server cannot be reached.']
        : [wrong === 1 ? 'One value is refused' : `${wrong} values are refused`, 'The server says why at each field.'];
    byId('headline').replaceChildren(h('span', { class: 'value refused' }, said));
    byId('answer-body').replaceChildren(h('p', { class: 'small' }, more));
  }

  async curve() {
    const { model, form, place } = this.context();
    const field = form.field(byId('feature').value);
    if (!field) return;
    const { feature } = field;
    const question = form.values();
    const { tried, current } = triedOf(field, question);
    const values = tried.points ?? tried.bars;
    this.curveUnderWay?.abort();
    if (values.length < 2) {
      this.drawn = null;
      arrived(OF_CURVE);
      byId('whatif-text').textContent = `Training saw one value of ${feature.column} or none.`;
      byId('curve').replaceChildren();
      return;
    }
    this.curveUnderWay = new AbortController();
    try {
      const rows = values.map((value) => ({ ...question, [feature.identifier]: value }));
      const answers = await ask(`${place}predict${options(model.options, false)}`, {
        body: JSON.stringify(rows),
        signal: this.curveUnderWay.signal,
        measured: `${rows.length} rows`,
      });
      const choose = (value) => {
        field.set(value);
        this.changed();
      };
      arrived(OF_CURVE);
      this.drawn = { model, feature, tried, answers, current, choose };
      this.draw();
    } catch (error) {
      if (error.name === 'AbortError') return;
      arrived(['whatif-text']);
      byId('whatif-text').textContent = 'There is a curve when the question is answered.';
    }
  }

  draw() {
    if (this.drawn) byId('whatif-text').textContent = showWhatIf(byId('curve'), this.drawn);
  }
}

/** What a feature is tried at, and what it is now. */
function triedOf({ feature }, question) {
  const current = question[feature.identifier];
  return { current, tried: pointsOf(feature, current) };
}

/** These can be seen from now on. */
function arrived(ids) {
  for (const id of ids) byId(id).classList.remove('waiting');
}

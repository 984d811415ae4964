// The request that the page shows, as somebody would write it: for a shell, in Python and in JavaScript, with nothing to install.

import { needsKey } from './api.js';
import { h } from './dom.js';

/** The three programs. A key is never written out; they take it from the environment. */
export function programs(url, question) {
  const json = JSON.stringify(question, null, 2);
  return { curl: curl(url, json), Python: python(url, question), JavaScript: javascript(url, json) };
}

function curl(url, json) {
  const key = needsKey ? ` \\\n  -H "X-API-Key: $CANOPY_KEY"` : '';
  return `curl '${url}'${key} \\\n  -H 'Content-Type: application/json' \\\n  -d '${json.replaceAll("'", "'\\''").replaceAll('\n', '\n  ')}'`;
}

function python(url, question) {
  const lines = Object.entries(question).map(([name, value]) => `    ${JSON.stringify(name)}: ${literal(value)},`);
  const key = needsKey ? '\n    "X-API-Key": os.environ["CANOPY_KEY"],' : '';
  return `import json
${needsKey ? 'import os\n' : ''}from urllib.request import Request, urlopen

question = {
${lines.join('\n')}
}
request = Request("${url}", json.dumps(question).encode(), {
    "Content-Type": "application/json",${key}
})
with urlopen(request) as answer:
    print(json.load(answer))`;
}

/** A value of JSON as Python writes it. */
function literal(value) {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return JSON.stringify(value);
}

function javascript(url, json) {
  const key = needsKey ? `, 'x-api-key': process.env.CANOPY_KEY` : '';
  return `const answer = await fetch('${url}', {
  method: 'POST',
  headers: { 'content-type': 'application/json'${key} },
  body: JSON.stringify(${json.replaceAll('\n', '\n  ')}),
});
console.log(await answer.json());`;
}

/** Shows one program at a time, and copies it. */
export class Calls {
  constructor(host) {
    this.programs = {};
    this.shown = 'curl';
    this.code = h('code');
    this.tabs = ['curl', 'Python', 'JavaScript'].map((name) =>
      h(
        'button',
        { type: 'button', role: 'tab', id: `tab-${name}`, 'aria-controls': 'call-panel', click: () => this.choose(name) },
        name,
      ),
    );
    const list = h(
      'div',
      { class: 'tabs', role: 'tablist', 'aria-label': 'Language', keydown: (event) => this.move(event) },
      this.tabs,
    );
    this.copied = h('span', { class: 'mute small', role: 'status' });
    const copy = h('button', { type: 'button', class: 'quiet', id: 'copy', click: () => this.copy() }, 'Copy');
    // A reader without a mouse must be able to scroll it.
    this.panel = h('pre', { role: 'tabpanel', id: 'call-panel', tabindex: 0 }, this.code);
    host.replaceChildren(h('div', { class: 'head' }, list, h('span', { class: 'row' }, copy, this.copied)), this.panel);
    this.choose(this.shown);
  }

  show(url, question) {
    this.programs = programs(url, question);
    this.code.textContent = this.programs[this.shown];
  }

  choose(name) {
    this.shown = name;
    for (const tab of this.tabs) {
      const chosen = tab.textContent === name;
      tab.setAttribute('aria-selected', String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
    }
    this.panel.setAttribute('aria-labelledby', `tab-${name}`);
    this.code.textContent = this.programs[name] ?? '';
    this.copied.textContent = '';
  }

  /** Arrows go from tab to tab, as readers of screens expect. */
  move(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const at = this.tabs.findIndex((tab) => tab.textContent === this.shown);
    const next = this.tabs[(at + step + this.tabs.length) % this.tabs.length];
    this.choose(next.textContent);
    next.focus();
    event.preventDefault();
  }

  async copy() {
    try {
      await navigator.clipboard.writeText(this.code.textContent);
      this.copied.textContent = 'Copied';
    } catch {
      // Browsers give the clipboard to encrypted pages alone; then the text is marked, to be copied by hand.
      getSelection().selectAllChildren(this.code);
      this.copied.textContent = 'Marked: press Ctrl+C';
    }
  }
}

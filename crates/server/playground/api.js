// Asks the server, as any client does. Addresses are relative, so that the page works behind a proxy's prefix, too.

/** Events: `asked` when an answer came, `locked` when the key is missing or wrong. */
export const events = new EventTarget();

/** How long answers took, oldest first. */
export const timings = [];
const KEPT_TIMINGS = 200;

export const needsKey = document.documentElement.dataset.keys === 'true';
let key = null;

/** The key is kept here and nowhere else. */
export function setKey(text) {
  key = text;
}

export const hasKey = () => key !== null;

/** A refusal in the words of the server (RFC 9457). */
export class Problem extends Error {
  constructor(status, document) {
    super(document.detail ?? `the server answered ${status}`);
    this.status = status;
    this.errors = document.errors ?? [];
    this.more = document.more_errors ?? 0;
    this.requestId = document.request_id;
  }
}

/** The path of a model's routes; none for the one that answers by default. */
export function placeOf(model, version) {
  if (!model) return '';
  const named = `models/${encodeURIComponent(model)}/`;
  return version ? `${named}versions/${encodeURIComponent(version)}/` : named;
}

/** The answer to a request.
 *  @throws {Problem} when the server refuses; whatever `fetch` throws when it cannot be reached. */
export async function ask(path, { body, type = 'application/json', accept = 'application/json', signal, measured } = {}) {
  const headers = { accept };
  if (body !== undefined) headers['content-type'] = type;
  if (key !== null) headers['x-api-key'] = key;
  const began = performance.now();
  const response = await fetch(path, {
    method: body === undefined ? 'GET' : 'POST',
    headers,
    body,
    signal,
    cache: 'no-store',
    // Else the browser itself would ask for a name and a password.
    credentials: needsKey ? 'omit' : 'same-origin',
  });
  const text = await response.text();
  if (measured) {
    timings.push({ milliseconds: performance.now() - began, what: measured, ok: response.ok });
    if (timings.length > KEPT_TIMINGS) timings.shift();
    events.dispatchEvent(new Event('asked'));
  }
  if (!response.ok) {
    const problem = new Problem(response.status, parsed(text));
    problem.retryAfter = Number(response.headers.get('retry-after')) || 1;
    if (response.status === 401) events.dispatchEvent(new Event('locked'));
    throw problem;
  }
  return accept.includes('json') ? JSON.parse(text) : text;
}

function parsed(text) {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}

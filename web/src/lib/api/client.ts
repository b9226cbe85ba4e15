/** The only `fetch` of the client. Answers are values, refusals are `ApiProblem`. */
import { sentencesReady } from '#lib/i18n/problems.ts';
import { ApiProblem, type ProblemBody } from './problem.ts';

export { ApiProblem } from './problem.ts';

type Query = Record<string, string | number | boolean | null | undefined>;
type Options = { query?: Query; signal?: AbortSignal };

let signedOut: (() => void) | null = null;

/** Tells `handler` each time the server says that the session has ended. */
export function onSignedOut(handler: () => void): void {
  signedOut = handler;
}

/** A path whose values are encoded: path`/api/proposals/${id}`. */
export function path(texts: TemplateStringsArray, ...values: (string | number)[]): string {
  return texts.reduce((all, text, at) => all + encodeURIComponent(String(values[at - 1])) + text);
}

function address(to: string, query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== '') search.set(name, String(value));
  }
  return search.size > 0 ? `${to}?${search}` : to;
}

async function problem(answer: Response): Promise<ApiProblem> {
  let body: ProblemBody = { code: answer.status >= 500 ? 'internal' : 'unexpected' };
  try {
    const read: unknown = await answer.json();
    if (read && typeof read === 'object' && 'code' in read) body = read as ProblemBody;
  } catch {
    // Not a problem document (a proxy's page, a cut connection): the status says what is known.
  }
  const retry = Number(answer.headers.get('retry-after'));
  if (body.retry_after_s === undefined && retry > 0) body.retry_after_s = retry;
  return new ApiProblem(answer.status, body);
}

async function send(method: string, to: string, body: BodyInit | null, options: Options, more: Record<string, string> = {}): Promise<Response> {
  const headers: Record<string, string> = { accept: 'application/json', ...more };
  if (typeof body === 'string') headers['content-type'] = 'application/json';
  let answer: Response;
  try {
    answer = await fetch(address(to, options.query), {
      method,
      headers,
      body,
      signal: options.signal ?? null,
      credentials: 'same-origin',
    });
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw new ApiProblem(0, { code: 'offline' });
  }
  if (!answer.ok && answer.status !== 304) {
    const refused = await problem(answer);
    if (refused.status === 401 && refused.code !== 'bad_credentials') signedOut?.();
    else await sentencesReady();
    throw refused;
  }
  return answer;
}

async function ask<T>(method: string, to: string, body: BodyInit | null, options: Options): Promise<T> {
  const answer = await send(method, to, body, options);
  if (answer.status === 204) return undefined as T;
  return (await answer.json()) as T;
}

const json = (body: unknown) => (body === undefined ? null : JSON.stringify(body));

export const api = {
  get: <T>(to: string, options: Options = {}) => ask<T>('GET', to, null, options),
  post: <T>(to: string, body?: unknown, options: Options = {}) => ask<T>('POST', to, json(body), options),
  put: <T>(to: string, body?: unknown, options: Options = {}) => ask<T>('PUT', to, json(body), options),
  patch: <T>(to: string, body?: unknown, options: Options = {}) => ask<T>('PATCH', to, json(body), options),
  delete: <T = void>(to: string, options: Options = {}) => ask<T>('DELETE', to, null, options),
  /** Sends a file as it is (the browser names its type). */
  upload: <T>(to: string, file: Blob) => ask<T>('PUT', to, file, {}),
};

/** Reads what was read before, unless it is still what `tag` names: then null. */
export async function readIfChanged<T>(to: string, query: Query, tag: string | null): Promise<{ value: T; tag: string | null } | null> {
  const answer = await send('GET', to, null, { query }, tag === null ? {} : { 'if-none-match': tag });
  if (answer.status === 304) return null;
  return { value: (await answer.json()) as T, tag: answer.headers.get('etag') };
}

/** A request as it is, for streams and bytes: whoever asks reads the answer. */
export function raw(to: string, init: RequestInit): Promise<Response> {
  return fetch(to, { credentials: 'same-origin', cache: 'no-store', ...init });
}

/** The source of the typed client, made from what the routes say of themselves. */

import { type DescribedRoute, operationId, schemaFields } from '../src/server/api-description.ts';

type Json = Readonly<Record<string, unknown>>;

/** What is known of answers; the others are JSON. */
const ANSWERS: Readonly<Record<string, string>> = {
  getSearch: 'SearchAnswer',
  postSearch: 'SearchAnswer',
  getComplete: 'CompletionAnswer',
};

export function clientSource(routes: readonly DescribedRoute[]): string {
  const known = routes.filter(({ url }) => !url.startsWith('/1/'));
  return `/**
 * The typed client of the HTTP API, for programs in Node.js, browsers and workers. Made by scripts/build-client.ts from
 * the routes themselves; not to be written by hand.
 *
 * @example
 * const peregrine = new PeregrineClient('http://127.0.0.1:8080', { key: 'pk…' });
 * const { results } = await peregrine.getSearch({ q: 'falcon' });
 */

/** What the server refused, with its stable code. */
export class PeregrineRequestError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.name = 'PeregrineRequestError';
    this.status = status;
    this.code = code;
  }
}

export interface SearchAnswer {
  readonly hits: number;
  readonly hitsAreExact: boolean;
  readonly moreResultsFollow: 0 | 1;
  readonly docsInCollection: number;
  readonly responseTimeMS: number;
  readonly warnings: readonly string[];
  readonly results: readonly SearchAnswerResult[];
}

export interface SearchAnswerResult {
  readonly title: string;
  /** Places to mark, in UTF-16 units. */
  readonly titleMarks: readonly (readonly [start: number, end: number])[];
  readonly sum: string;
  readonly sumMarks: readonly (readonly [start: number, end: number])[];
  readonly url: string;
  readonly docId: number;
  readonly docScore: number;
  readonly site: string;
  readonly langAbbr: string;
}

export interface CompletionAnswer {
  readonly text: string;
  readonly completions: readonly { readonly text: string }[];
}

export interface ClientOptions {
  /** The admin key, or one with the actions that are asked for. Default: none. */
  readonly key?: string;
  /** Default: the runtime's. */
  readonly fetch?: typeof globalThis.fetch;
}

type Fields = Readonly<Record<string, unknown>>;
interface Problem {
  readonly code?: string;
  readonly detail?: string;
}

function problemOf(answer: unknown): Problem | undefined {
  return typeof answer === 'object' && answer !== null ? answer : undefined;
}

${parametersTypes(known).join('\n\n')}

export class PeregrineClient {
  readonly #origin: string;
  readonly #key: string | undefined;
  readonly #fetch: typeof globalThis.fetch;

  constructor(origin: string, options: ClientOptions = {}) {
    this.#origin = origin.replace(/\\/$/, '');
    this.#key = options.key;
    this.#fetch = options.fetch ?? globalThis.fetch.bind(globalThis);
  }

${known.map(method).join('\n\n')}

  async #ask(how: string, path: string, query: Fields, body?: Fields): Promise<unknown> {
    const asked = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) if (value !== undefined) asked.set(name, typeof value === 'string' ? value : JSON.stringify(value));
    const address = \`\${this.#origin}\${path}\${asked.size === 0 ? '' : \`?\${asked.toString()}\`}\`;
    const response = await this.#fetch(address, {
      method: how,
      headers: {
        accept: 'application/json',
        ...(this.#key === undefined ? {} : { authorization: \`Bearer \${this.#key}\` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const type = response.headers.get('content-type') ?? '';
    const answer: unknown = /[/+]json(?:;|$)/.test(type) ? await response.json() : await response.text();
    if (response.ok) return answer;
    const problem = problemOf(answer);
    throw new PeregrineRequestError(
      response.status,
      problem?.code ?? 'UNKNOWN',
      problem?.detail ?? response.statusText,
    );
  }
}
`;
}

function nameOf({ method: how, url }: DescribedRoute): string {
  return operationId(how, url);
}

function typeName(route: DescribedRoute): string {
  const name = nameOf(route);
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}Parameters`;
}

/** Each name once: what the body holds may stand in the address too. */
function fieldsOf(route: DescribedRoute): ReturnType<typeof schemaFields> {
  const { query, parameters, body } = route;
  const all = [...schemaFields(query), ...schemaFields(parameters), ...schemaFields(body)];
  return [...new Map(all.map((field) => [field.name, field])).values()];
}

/** What two methods of one address take alike is written down once. */
function parametersTypes(routes: readonly DescribedRoute[]): string[] {
  const names = new Map<string, string>();
  return routes.map((route) => {
    const name = typeName(route);
    const body = parametersBody(route);
    if (body === '') return `export type ${name} = Readonly<Record<string, never>>;`;
    const what = `${route.url} ${body}`;
    const known = names.get(what);
    if (known !== undefined) return `export type ${name} = ${known};`;
    names.set(what, name);
    return `export interface ${name} {\n${body}\n}`;
  });
}

function parametersBody(route: DescribedRoute): string {
  const lines = fieldsOf(route).map(({ name, required, schema, description }) => {
    const comment = description === '' ? '' : `  /** ${description} */\n`;
    return `${comment}  readonly ${/^\w+$/.test(name) ? name : `'${name}'`}${required ? '' : '?'}: ${typeOf(schema)};`;
  });
  return lines.join('\n');
}

function method(route: DescribedRoute): string {
  const name = nameOf(route);
  const answer = ANSWERS[name] ?? 'unknown';
  const fields = fieldsOf(route);
  const isNeeded = fields.some(({ required }) => required);
  const path = route.url.replaceAll(
    /:(\w+)/g,
    (_, one: string) => `\${encodeURIComponent(parameters.${one})}`,
  );
  const inPath = schemaFields(route.parameters).map((one) => one.name);
  const quote = path.includes('${') ? '`' : "'";
  const sent =
    route.body === undefined ? (inPath.length === 0 ? '{ ...parameters }' : '{}') : '{}, { ...parameters }';
  const types = (route.answers ?? ['application/json']).some((type) => type.includes('html'));
  const query =
    types && route.body === undefined && inPath.length === 0 && hasFormat(route)
      ? "{ ...parameters, format: 'json' }"
      : sent;
  return `  /** ${route.summary} */
  async ${name}(parameters: ${typeName(route)}${isNeeded ? '' : ' = {}'}): Promise<${answer}> {
    return ${answer === 'unknown' ? '' : '('}await this.#ask('${route.method}', ${quote}${path}${quote}, ${query})${answer === 'unknown' ? '' : `) as ${answer}`};
  }`;
}

function hasFormat(route: DescribedRoute): boolean {
  return schemaFields(route.query).some(({ name }) => name === 'format');
}

function typeOf(schema: Json): string {
  const { type, enum: names, anyOf, items } = schema;
  if (Array.isArray(names)) return names.map((one) => `'${String(one)}'`).join(' | ');
  if (Array.isArray(anyOf)) return [...new Set(anyOf.map((one) => typeOf(one as Json)))].join(' | ');
  if (type === 'array') return `readonly (${typeOf((items ?? {}) as Json)})[]`;
  if (type === 'integer' || type === 'number') return 'number';
  return type === 'string' || type === 'boolean' ? type : 'unknown';
}

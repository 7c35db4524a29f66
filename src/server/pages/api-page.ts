/** The API for people: every call with its parameters and an example, and a form to try those that only read. */

import { type DescribedRoute, schemaFields } from '../api-description.ts';
import type { DocumentationPage } from '../documentation.ts';
import { type Html, html, type HtmlValue } from '../html.ts';

const GROUPS: Readonly<Record<DescribedRoute['tag'], string>> = {
  search: 'Search',
  documents: 'Documents',
  crawl: 'Crawls',
  status: 'Status',
  keys: 'Keys',
};

export function apiPage(routes: readonly DescribedRoute[]): DocumentationPage {
  const groups = Object.entries(GROUPS).map(([tag, name]) => {
    const own = routes.filter((route) => route.tag === tag);
    return own.length === 0
      ? ''
      : html`<h2 id="${tag}">${name}</h2>
          ${own.map(call)}`;
  });
  return {
    title: 'HTTP API',
    body: html`<h1 id="http-api">HTTP API</h1>
      <p>
        Made from the schemas that check the requests; for programs it is at
        <a href="/openapi.json">/openapi.json</a> (OpenAPI 3.1). A key is sent as
        <code>Authorization: Bearer KEY</code>. Errors are problem details (RFC 9457) with a stable
        <a href="/docs/errors">code</a>. A change that carries an <code>Idempotency-Key</code> is made once,
        however often it is sent.
      </p>
      ${index(routes)} ${groups}`,
  };
}

/** All calls at a glance. */
function index(routes: readonly DescribedRoute[]): Html {
  return html`<div class="scroll" tabindex="0">
    <table class="calls">
      <thead>
        <tr>
          <th>Call</th>
          <th>What it does</th>
        </tr>
      </thead>
      <tbody>
        ${Object.keys(GROUPS).flatMap((tag) =>
          routes
            .filter((route) => route.tag === tag)
            .map(
              (route) =>
                html`<tr>
                  <td>
                    <a href="#${anchorOf(route)}"><code>${route.method} ${route.url}</code></a>
                  </td>
                  <td>${route.summary.replace(/(?<=\.) .*$/s, '')}</td>
                </tr>`,
            ),
        )}
      </tbody>
    </table>
  </div>`;
}

function anchorOf({ method, url }: DescribedRoute): string {
  return `${method}${url}`.toLowerCase().replace(/[^a-z0-9]+/g, '-');
}

function call(route: DescribedRoute): Html {
  const { method, url, summary, access, query, parameters, body, example } = route;
  return html`<section class="call" id="${anchorOf(route)}">
    <h3><code>${method} ${url}</code></h3>
    <p>${summary} ${need(access)}</p>
    ${fieldTable('Parameters', [...schemaFields(parameters), ...schemaFields(query)])}
    ${fieldTable('Body (JSON)', schemaFields(body))}
    <pre tabindex="0" dir="ltr"><code>${curl(route)}</code></pre>
    ${method === 'GET' && access === 'public' && !example.url.includes('{') ? html`<p><a href="${example.url}">Try it</a></p>` : ''}
  </section>`;
}

function need(access: DescribedRoute['access']): string {
  if (access === 'public') return 'Open to everybody.';
  return access === 'admin'
    ? 'Needs the admin key.'
    : `Needs a key with the action “${access}”, or the admin key.`;
}

function curl({ method, access, example }: DescribedRoute): string {
  const parts = ['curl'];
  if (method !== 'GET') parts.push(`-X ${method}`);
  if (access !== 'public') parts.push(`-H "Authorization: Bearer $KEY"`);
  if (example.body !== undefined) {
    parts.push(`-H 'Content-Type: application/json' -d '${JSON.stringify(example.body)}'`);
  }
  return [...parts, `'http://127.0.0.1:8080${example.url}'`].join(' ');
}

function fieldTable(name: string, fields: ReturnType<typeof schemaFields>): HtmlValue {
  if (fields.length === 0) return '';
  return html`<div class="scroll" tabindex="0">
    <table>
      <thead>
        <tr>
          <th>${name}</th>
          <th>form</th>
          <th>meaning</th>
        </tr>
      </thead>
      <tbody>
        ${fields.map(
          ({ name: field, schema, required, description }) =>
            html`<tr>
              <td><code>${field}</code>${required ? ' (needed)' : ''}</td>
              <td>${formOf(schema)}</td>
              <td>${description}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function formOf(schema: Readonly<Record<string, unknown>>): string {
  const { type, enum: names, anyOf, minimum, maximum, items } = schema;
  if (Array.isArray(names)) return names.join(' | ');
  if (Array.isArray(anyOf))
    return [...new Set(anyOf.map((one) => formOf(one as Record<string, unknown>)))].join(' or ');
  if (type === 'array') return `list of ${formOf((items ?? {}) as Record<string, unknown>)}`;
  const isBounded =
    typeof minimum === 'number' && typeof maximum === 'number' && maximum < Number.MAX_SAFE_INTEGER;
  if (type === 'boolean') return '0 or 1';
  return `${typeof type === 'string' ? type : 'any'}${isBounded ? `, ${minimum} to ${maximum}` : ''}`;
}

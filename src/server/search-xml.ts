/** A search's answer as XML, for clients of the old system that ask for it: the names of its JSON as elements. */

import { escapeMarkup, type Html, trusted } from './html.ts';

/** What the elements of a list are called. */
const ENTRIES: Readonly<Record<string, string>> = {
  results: 'result',
  terms: 'term',
  facets: 'facet',
  counts: 'count',
  warnings: 'warning',
  titleMarks: 'mark',
  sumMarks: 'mark',
};

/** `answer` holds what {@link searchJson} makes. Results stand right below the response, one element each. */
export function searchXml(answer: object): Html {
  const { results, ...facts } = answer as { readonly results: readonly object[] };
  const body = elements({ statusCode: 0, statusMsg: 'Success', ...facts }) + entries('results', results);
  return trusted(`<?xml version="1.0" encoding="UTF-8"?>\n<response>\n${body}</response>\n`);
}

function elements(fields: object): string {
  return Object.entries(fields)
    .map(([name, value]) => element(name, value))
    .join('');
}

function element(name: string, value: unknown): string {
  if (value === undefined || value === null) return '';
  if (Array.isArray(value)) return `<${name}>\n${entries(name, value)}</${name}>\n`;
  return `<${name}>${contentOf(value)}</${name}>\n`;
}

function entries(list: string, values: readonly unknown[]): string {
  const name = ENTRIES[list] ?? 'entry';
  return values.map((value) => `<${name}>${contentOf(value)}</${name}>\n`).join('');
}

/** Names are our own; what stands in them comes from pages. */
function contentOf(value: unknown): string {
  if (Array.isArray(value)) return value.map((one) => String(one)).join(' ');
  if (typeof value === 'object' && value !== null) return `\n${elements(value)}`;
  // The old system's words for true and false are numbers.
  return escapeMarkup(typeof value === 'boolean' ? String(Number(value)) : String(value));
}

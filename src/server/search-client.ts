/**
 * The answers that DocSearch and InstantSearch clients read: requests and hits in the shapes of their service, made from
 * ours. What is marked is escaped, for those clients put it into pages as markup.
 */

import { z } from 'zod';

import type { MarkedText, SearchRequest, SearchResponse, SearchResult } from '../query/index.ts';
import { escapeMarkup } from './html.ts';
import { COUNT_MAX, FIRST_MAX, QUERY_LENGTH } from './limits.ts';

const HITS_DEFAULT = 20;
const QUERIES_MAX = 20;

const words = z.union([z.string(), z.array(z.union([z.string(), z.array(z.string())]))]);
const text = z.string().max(QUERY_LENGTH);
const whole = z.coerce.number().int().min(0);

/** What those clients send, as far as it is understood. */
export interface ClientParameters {
  readonly query: string;
  readonly page: number;
  readonly hitsPerPage: number;
  readonly filters?: string | undefined;
  readonly facetFilters?: string | (string | string[])[] | undefined;
  readonly highlightPreTag: string;
  readonly highlightPostTag: string;
}

const parametersSchema: z.ZodType<ClientParameters> = z.object({
  query: text.default(''),
  page: whole.default(0),
  hitsPerPage: whole.max(COUNT_MAX).default(HITS_DEFAULT),
  filters: text.optional(),
  facetFilters: words.optional(),
  highlightPreTag: z.string().max(64).default('<em>'),
  highlightPostTag: z.string().max(64).default('</em>'),
});

const querySchema = z.looseObject({
  indexName: z.string().max(64).optional(),
  params: z.string().max(8_192).optional(),
});
export const queriesBody: z.ZodType<{ readonly requests: readonly unknown[] }> = z.object({
  requests: z
    .array(querySchema, 'must be a list of queries')
    .max(QUERIES_MAX, `must be at most ${QUERIES_MAX} queries`),
});

/** A query's parameters: fields of it, or a query string in `params`. */
export function clientParameters(
  query: unknown,
): ClientParameters & { readonly indexName: string | undefined } {
  const { params, indexName, ...fields } = querySchema.parse(query);
  const inText = params === undefined ? {} : fieldsOfText(params);
  return { ...parametersSchema.parse({ ...inText, ...fields }), indexName };
}

function fieldsOfText(params: string): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    [...new URLSearchParams(params)].map(([name, value]) => [
      name,
      name === 'facetFilters' ? listOf(value) : value,
    ]),
  );
}

function listOf(value: string): unknown {
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}

/** The same as a request of ours; `own` are filters that the asker's key carries. */
export function searchRequestOf(parameters: ClientParameters, own: readonly string[]): SearchRequest {
  const { query, page, hitsPerPage, filters, facetFilters } = parameters;
  const filter = [
    ...own,
    ...(filters === undefined || filters.trim() === '' ? [] : [filters]),
    ...facetQueries(facetFilters),
  ];
  return {
    query,
    first: Math.min(FIRST_MAX, page * hitsPerPage),
    count: hitsPerPage,
    perSite: 0,
    ...(filter.length === 0 ? {} : { filter }),
  };
}

/** `["lang:en", ["version:1", "version:2"]]`: all of the outer list, one of each inner. */
function facetQueries(given: ClientParameters['facetFilters']): readonly string[] {
  return [given ?? []].flat().map((one) => [one].flat().map(condition).join(' OR '));
}

function condition(facet: string): string {
  const [, sign = '', name = '', value = ''] = /^(-?)([^:]+):(-?.*)$/s.exec(facet) ?? [];
  return `${sign}${name.replaceAll(/[^\w.-]/g, '')}:"${value.replaceAll('"', ' ')}"`;
}

export function clientAnswer(response: SearchResponse, parameters: ClientParameters, index: string): object {
  const { page, hitsPerPage, query } = parameters;
  return {
    index,
    query,
    page,
    hitsPerPage,
    nbHits: response.matches,
    nbPages: hitsPerPage === 0 ? 0 : Math.ceil(Math.min(response.matches, FIRST_MAX) / hitsPerPage),
    exhaustiveNbHits: response.countIsExact,
    processingTimeMS: Math.round(response.took_ms),
    params: new URLSearchParams({ query, page: String(page), hitsPerPage: String(hitsPerPage) }).toString(),
    hits: response.results.map((result) => hitOf(result, parameters)),
    ...(response.facets === undefined
      ? {}
      : {
          facets: Object.fromEntries(
            response.facets.map(({ name, counts }) => [
              name,
              Object.fromEntries(counts.map(({ value, documents }) => [value, documents])),
            ]),
          ),
        }),
  };
}

function hitOf(result: SearchResult, parameters: ClientParameters): object {
  const { docId, url, anchor, title, snippet, site } = result;
  const address = anchor === '' ? url : `${url.split('#', 1)[0] ?? url}#${encodeURIComponent(anchor)}`;
  const name = title.text === '' ? url : title.text;
  const markedName = title.text === '' ? { text: url, marks: [] } : title;
  const none = { lvl2: null, lvl3: null, lvl4: null, lvl5: null, lvl6: null };
  return {
    objectID: String(docId),
    url: address,
    url_without_anchor: url,
    anchor: anchor === '' ? null : anchor,
    type: 'content',
    title: name,
    content: snippet.text,
    lang: result.language,
    hierarchy: { lvl0: site, lvl1: name, ...none },
    _highlightResult: {
      title: highlighted(markedName, parameters),
      content: highlighted(snippet, parameters),
      hierarchy: {
        lvl0: highlighted({ text: site, marks: [] }, parameters),
        lvl1: highlighted(markedName, parameters),
      },
    },
    _snippetResult: { content: highlighted(snippet, parameters) },
  };
}

function highlighted(
  { text: whole, marks }: MarkedText,
  { highlightPreTag, highlightPostTag }: ClientParameters,
): object {
  let value = '';
  let at = 0;
  for (const [start, end] of marks) {
    if (start < at || end > whole.length) continue;
    value += `${escapeMarkup(whole.slice(at, start))}${highlightPreTag}${escapeMarkup(whole.slice(start, end))}${highlightPostTag}`;
    at = end;
  }
  return {
    value: value + escapeMarkup(whole.slice(at)),
    matchLevel: marks.length > 0 ? 'full' : 'none',
    matchedWords: [...new Set(marks.map(([start, end]) => whole.slice(start, end).toLowerCase()))],
  };
}

/**
 * What a language model may do here, as tools of the Model Context Protocol. The same for HTTP and for standard input
 * and output; who may use which is decided before a server is made, so that a client sees only what it may call.
 */

import { type CallToolResult, McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';

import { messageOf, PeregrineError } from '../../base/index.ts';
import { crawlBody } from '../crawl-schemas.ts';
import type { EngineCalls } from '../engine-calls.ts';
import { isoTime } from '../wording.ts';

/** The calls that tools make. */
export type McpCalls = Pick<
  EngineCalls,
  'collections' | 'search' | 'read' | 'crawlProgress' | 'startCrawl' | 'status'
>;

export interface McpRights {
  /** May read a collection. */
  readonly mayRead: (collection: string) => boolean;
  readonly mayCrawl: (collection: string) => boolean;
}

export interface McpOptions {
  readonly calls: McpCalls;
  readonly rights: McpRights;
  readonly version: string;
  readonly defaultCollection: string;
}

const RESULTS_MAX = 20;
const PAGE_CHARACTERS = 100_000;
const SEARCH_DEADLINE_MS = 5_000;

export function mcpServer(options: McpOptions): McpServer {
  const server = new McpServer(
    { name: 'peregrine', title: 'Peregrine web search', version: options.version },
    {
      instructions:
        'Search a private index of crawled pages with "search", then read the best ones with "read_page" and cite their addresses.',
    },
  );
  addReadingTools(server, options);
  addSitesTool(server, options);
  addCrawlTools(server, options);
  return server;
}

const collectionName = z.string().max(64).optional().describe('Collection; without it the default one.');

/** One that may not be read is as one that is not there. */
function readable({ rights, defaultCollection }: McpOptions, name = defaultCollection): string {
  if (rights.mayRead(name)) return name;
  throw new PeregrineError('NOT_FOUND', `There is no collection "${name}".`);
}

function addReadingTools(server: McpServer, options: McpOptions): void {
  const { calls, rights } = options;
  const annotations = { readOnlyHint: true, openWorldHint: false };

  server.registerTool(
    'search',
    {
      title: 'Search',
      description:
        'Search the index. Knows "phrases", -without, +must, site:, intitle:, inurl:, lang:. Gives title, address, passage and score of the best pages.',
      inputSchema: z.object({
        query: z.string().min(1).max(2_048),
        collection: collectionName,
        count: z.number().int().min(1).max(RESULTS_MAX).default(8),
        first: z.number().int().min(0).max(1_000).default(0).describe('Results to skip.'),
      }),
      annotations,
    },
    async ({ query, collection, count, first }) =>
      answer(async () => {
        const found = await calls.search(readable(options, collection), {
          query,
          count,
          first,
          deadline_ms: SEARCH_DEADLINE_MS,
        });
        return {
          matches: found.matches,
          isPartial: found.partial,
          results: found.results.map((result) => ({
            title: result.title.text,
            url: result.anchor === '' ? result.url : `${result.url}#${result.anchor}`,
            passage: result.snippet.text,
            language: result.language,
            fetched: isoTime(result.fetchedAt_ms),
            score: result.score,
          })),
        };
      }),
  );

  server.registerTool(
    'read_page',
    {
      title: 'Read a page',
      description:
        'The text of a page of the index, as Markdown, with its address and when it was fetched, to cite.',
      inputSchema: z.object({
        url: z.string().max(8_192),
        collection: collectionName,
        offset: z.number().int().min(0).default(0).describe('Characters to skip, for long pages.'),
      }),
      annotations,
    },
    async ({ url, collection, offset }) =>
      answer(async () => {
        const page = await calls.read(readable(options, collection), { url });
        if (page === undefined) throw new PeregrineError('NOT_FOUND', `${url} is not in the index.`);
        const end = offset + PAGE_CHARACTERS;
        return {
          url: page.url,
          title: page.title,
          language: page.language,
          fetched: isoTime(page.fetchedAt_ms),
          markdown: page.markdown.slice(offset, end),
          ...(end < page.markdown.length ? { nextOffset: end } : {}),
        };
      }),
  );

  server.registerTool(
    'list_collections',
    {
      title: 'List collections',
      description: 'The collections that can be searched.',
      inputSchema: z.object({}),
      annotations,
    },
    async () =>
      answer(async () => {
        const names = (await calls.collections()).filter((name) => rights.mayRead(name));
        const { collections } = await calls.status();
        return {
          collections: names.map((name) => ({
            name,
            documents: collections.find((collection) => collection.name === name)?.documents ?? 0,
          })),
        };
      }),
  );
}

function addSitesTool(server: McpServer, options: McpOptions): void {
  server.registerTool(
    'list_sites',
    {
      title: 'List sites',
      description:
        'The sites whose pages are in a collection, those with the most pages first: names for site: in a query.',
      inputSchema: z.object({
        collection: collectionName,
        query: z.string().max(2_048).default('').describe('Only sites of pages that this query finds.'),
      }),
      annotations: { readOnlyHint: true, openWorldHint: false },
    },
    async ({ collection, query }) =>
      answer(async () => {
        const { facets = [] } = await options.calls.search(readable(options, collection), {
          query: `${query} facet:site`.trim(),
          count: 0,
          spelling: 'off',
          deadline_ms: SEARCH_DEADLINE_MS,
        });
        const sites = facets.find(({ name }) => name === 'site');
        return {
          sites: (sites?.counts ?? []).map(({ value, documents }) => ({ site: value, documents })),
          isExact: sites?.isExact ?? true,
        };
      }),
  );
}

function addCrawlTools(server: McpServer, { calls, rights, defaultCollection }: McpOptions): void {
  if (!rights.mayCrawl(defaultCollection)) return;
  const crawlable = (name: string | undefined): string => {
    const collection = name ?? defaultCollection;
    if (rights.mayCrawl(collection)) return collection;
    throw new PeregrineError('NOT_FOUND', `There is no collection "${collection}".`);
  };

  server.registerTool(
    'crawl_status',
    {
      title: 'Crawl status',
      description: 'How far the crawl of a collection is.',
      inputSchema: z.object({ collection: collectionName }),
      annotations: { readOnlyHint: true, openWorldHint: false },
    },
    async ({ collection }) =>
      answer(async () => {
        const { state, queued, fetched, indexed, failed, outcomes, pages_per_s } = await calls.crawlProgress(
          crawlable(collection),
        );
        return { state, queued, fetched, indexed, failed, outcomes, pages_per_s };
      }),
  );

  server.registerTool(
    'crawl',
    {
      title: 'Crawl',
      description: 'Begin to fetch and index pages, politely, from the given addresses on. Returns at once.',
      inputSchema: z.object({
        seeds: z.array(z.string().max(8_192)).min(1).max(100),
        collection: collectionName,
        scope: z.enum(['site', 'domain', 'prefix']).optional(),
        maxPages: z.number().int().min(1).max(1_000_000).optional(),
      }),
      annotations: { readOnlyHint: false, destructiveHint: false, openWorldHint: true },
    },
    async ({ collection, ...request }) =>
      answer(async () => {
        const { seeds, scope, maxPages } = crawlBody.parse(request);
        await calls.startCrawl(crawlable(collection), {
          seeds,
          ...(scope === undefined ? {} : { scope }),
          ...(maxPages === undefined ? {} : { maxPages }),
        });
        return { started: true, seeds };
      }),
  );
}

/** As text that a model reads; a failure is told to it too, so that it can do better. */
async function answer(make: () => Promise<object>): Promise<CallToolResult> {
  try {
    const structuredContent = { ...(await make()) };
    return {
      content: [{ type: 'text', text: JSON.stringify(structuredContent, null, 1) }],
      structuredContent,
    };
  } catch (error) {
    return { content: [{ type: 'text', text: messageOf(error) }], isError: true };
  }
}

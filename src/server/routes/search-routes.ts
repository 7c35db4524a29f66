/** The home page and searches: as a page, as JSON, XML or a table, as a feed; all matches as a stream. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { PeregrineError, toDocId } from '../../base/index.ts';
import type { SearchRequest, SearchResponse } from '../../query/index.ts';
import { wantsPage } from '../failures.ts';
import { QUERY_LENGTH, SEARCH_BODY_BYTES, SEARCH_DEADLINE_MS, STREAMS_AT_ONCE } from '../limits.ts';
import { matchStream, STREAM_TYPES } from '../match-stream.ts';
import { homePage } from '../pages/home-page.ts';
import { type LikedPage, resultsPage } from '../pages/results-page.ts';
import {
  collectionParameter,
  PASSAGE_CHARACTERS,
  searchBody,
  type SearchParameters,
  searchParameters,
} from '../request-schemas.ts';
import { CSV_TYPE, searchCsv } from '../search-csv.ts';
import { searchJson } from '../search-json.ts';
import { searchRss } from '../search-rss.ts';
import { searchXml } from '../search-xml.ts';
import {
  filtersOf,
  originOf,
  readableCollection,
  readerFrame,
  type ServerContext,
} from '../server-context.ts';

export function installSearchRoutes(server: FastifyInstance, context: ServerContext): void {
  const config = { access: 'public', answers: 'page' } as const;
  const desk: SearchDesk = { context, streams: new StreamSeats() };

  server.get('/', { config }, async (request, reply) => {
    const { c } = collectionParameter.parse(request.query);
    const collection = c === undefined ? context.defaultCollection : readableCollection(context, request, c);
    const frame = await readerFrame(context, request);
    const status = await context.engine.status();
    const documents = status.collections
      .filter(({ name }) => frame.collections.includes(name))
      .reduce((sum, summary) => sum + summary.documents, 0);
    return sendPage(reply, homePage({ frame, collection, documents }).toString());
  });

  const description = {
    tag: 'search',
    answers: [
      'application/json',
      'text/html',
      'application/rss+xml',
      'application/xml',
      'text/csv',
      'application/x-ndjson',
    ],
  } as const;
  server.get(
    '/search',
    {
      config: {
        ...config,
        description: {
          ...description,
          summary: 'Search, as a page, as JSON, as XML, as a table or as a feed.',
          query: searchParameters,
          example: { url: '/search?q=falcon&format=json' },
        },
      },
    },
    async (request, reply) => {
      const parameters = searchParameters.parse(request.query);
      return answer(desk, { request, reply, parameters, carried: carriedParameters(request.query) });
    },
  );
  server.post(
    '/search',
    {
      bodyLimit: SEARCH_BODY_BYTES,
      config: {
        access: 'public',
        answers: 'json',
        isReading: true,
        description: {
          ...description,
          summary:
            'The same with its parameters in the body, as JSON or as a form: for queries too long for an address.',
          body: searchBody,
          example: { url: '/search', body: { q: 'falcon', format: 'json' } },
        },
      },
    },
    async (request, reply) => {
      const asked = request.body ?? {};
      const parameters = searchBody.parse(asked);
      assertFits(parameters, formatOf(request, parameters));
      return answer(desk, { request, reply, parameters, carried: carriedParameters(asked) });
    },
  );
}

/** What searches are answered with. */
interface SearchDesk {
  readonly context: ServerContext;
  readonly streams: StreamSeats;
}

interface AskedSearch {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly parameters: SearchParameters;
  /** What stays in the addresses of a page. */
  readonly carried: URLSearchParams;
}

/** Streams of all matches that may go on at once. */
class StreamSeats {
  #taken = 0;

  /** `QUEUE_FULL` where all seats are taken. */
  async take(open: () => ReturnType<typeof matchStream>): ReturnType<typeof matchStream> {
    if (this.#taken >= STREAMS_AT_ONCE) {
      throw new PeregrineError('QUEUE_FULL', 'Too many streams at once. Please try again later.', {
        status: 503,
        retryAfter_s: 30,
      });
    }
    this.#taken += 1;
    try {
      const stream = await open();
      stream.once('close', () => (this.#taken -= 1));
      return stream;
    } catch (error) {
      this.#taken -= 1;
      throw error;
    }
  }
}

async function answer(desk: SearchDesk, asked: AskedSearch): Promise<FastifyReply> {
  const { context } = desk;
  const { request, reply, parameters } = asked;
  const collection = readableCollection(context, request, parameters.c);
  if (parameters.stream === true) return sendMatches(desk, asked, collection);
  const format = formatOf(request, parameters);
  const more = {
    ...filtersOf(request, parameters.filter),
    ...(format === 'html' && { fields: true }),
  };
  // Who hangs up wants no answer any more.
  const left = new AbortController();
  reply.raw.once('close', () => left.abort());
  const response = await context.searches.pass(() =>
    search(context, collection, parameters, more, left.signal),
  );
  return format === 'html'
    ? sendResults(context, asked, collection, response)
    : sendData(context, asked, format, response);
}

async function sendMatches(
  { context, streams }: SearchDesk,
  { request, reply, parameters }: AskedSearch,
  collection: string,
): Promise<FastifyReply> {
  const { filter, qlang: language, q, after, minSeq } = parameters;
  const wanted = {
    query: q,
    ...filtersOf(request, filter),
    ...(language && { language }),
    ...(minSeq && { minSeq }),
  };
  const format = parameters.format === 'csv' ? 'csv' : 'json';
  const stream = await streams.take(() => matchStream(context.engine, collection, wanted, { after, format }));
  return reply.type(STREAM_TYPES[format]).send(stream);
}

/** For programs. */
function sendData(
  context: ServerContext,
  { request, reply, parameters }: AskedSearch,
  format: Exclude<SearchFormat, 'html'>,
  response: SearchResponse,
): FastifyReply {
  const { q: query, s: first } = parameters;
  if (format === 'rss') {
    const origin = originOf(context, request);
    return reply
      .type('application/rss+xml; charset=utf-8')
      .send(searchRss({ origin, query, first, response }).toString());
  }
  reply.header('cache-control', 'private, no-cache');
  if (format === 'csv') {
    return reply
      .type(CSV_TYPE)
      .header('content-disposition', 'attachment; filename="results.csv"')
      .send(searchCsv(response));
  }
  const found = searchJson(response, { now_ms: context.clock.now(), queryLanguage: parameters.qlang });
  if (format === 'json') return reply.send(found);
  return reply.type('application/xml; charset=utf-8').send(searchXml(found).toString());
}

/** For people. */
async function sendResults(
  context: ServerContext,
  { request, reply, parameters, carried }: AskedSearch,
  collection: string,
  response: SearchResponse,
): Promise<FastifyReply> {
  const { q: query, s: first, n: count } = parameters;
  const frame = await readerFrame(context, request, request.method === 'POST' ? carried : undefined);
  const like = await likedPage(context, request, collection, parameters.like);
  const parts = { frame, collection, query, first, count, parameters: carried, like };
  return sendPage(reply, resultsPage({ ...parts, response }).toString());
}

type SearchFormat = NonNullable<SearchParameters['format']>;

function formatOf(request: FastifyRequest, { format }: SearchParameters): SearchFormat {
  return format ?? (wantsPage(request) ? 'html' : 'json');
}

/** Pages and feeds hold addresses that lead to them again. */
function assertFits({ q, filter = '', stream }: SearchParameters, format: SearchFormat): void {
  const isPage = stream !== true && (format === 'html' || format === 'rss');
  if (!isPage || Math.max(q.length, filter.length) <= QUERY_LENGTH) return;
  throw new PeregrineError(
    'TOO_LARGE',
    `A query of more than ${QUERY_LENGTH} characters is answered in the formats json, xml and csv, not as a page: no address has room for it.`,
    { characters: q.length },
  );
}

async function search(
  { engine }: ServerContext,
  collection: string,
  parameters: SearchParameters,
  more: Pick<SearchRequest, 'filter' | 'fields'>,
  signal: AbortSignal,
): Promise<SearchResponse> {
  const { sw, ns } = parameters;
  const snippetLength = sw ?? (ns === undefined ? undefined : ns * PASSAGE_CHARACTERS);
  const request: SearchRequest = {
    query: parameters.q,
    first: parameters.s,
    count: parameters.n,
    deadline_ms: parameters.timeout ?? SEARCH_DEADLINE_MS,
    ...(parameters.qlang === undefined ? {} : { language: parameters.qlang }),
    ...(parameters.sc === undefined ? {} : { perSite: parameters.sc }),
    ...(parameters.dr === undefined ? {} : { foldDuplicates: parameters.dr }),
    ...(snippetLength === undefined ? {} : { snippetLength }),
    ...(parameters.scores === undefined ? {} : { explain: parameters.scores }),
    ...(parameters.after === undefined ? {} : { after: parameters.after }),
    ...(parameters.rescore === undefined ? {} : { rescore: parameters.rescore }),
    ...(parameters.related === undefined ? {} : { related: parameters.related }),
    ...(parameters.maxAge === undefined ? {} : { maxAge_ms: parameters.maxAge * 1_000 }),
    ...(parameters.minSeq === undefined ? {} : { minSeq: parameters.minSeq }),
    ...(parameters.spelling === undefined ? {} : { spelling: parameters.spelling }),
    ...more,
  };
  return engine.search(collection, request, signal);
}

/** The page that results are to be like, where the asker may see it. */
async function likedPage(
  { engine }: ServerContext,
  request: FastifyRequest,
  collection: string,
  docId: number | undefined,
): Promise<LikedPage | undefined> {
  if (docId === undefined || filtersOf(request).filter !== undefined) return undefined;
  const found = await engine.get(collection, { docId: toDocId(docId) });
  if (found === undefined) return undefined;
  const { title, url } = found.document;
  return { docId, title: title === '' ? url : title };
}

const CARRIED = [
  'q',
  'c',
  'n',
  'sc',
  'dr',
  'qlang',
  'sw',
  'ns',
  'hl',
  'filter',
  'spelling',
  'scores',
  'rescore',
  'maxAge',
  'like',
] as const;

/** What stays in the address from one page of results to the next: only parameters that we know. */
function carriedParameters(asked: unknown): URLSearchParams {
  const given = asked as Readonly<Record<string, unknown>>;
  const carried = new URLSearchParams();
  for (const name of CARRIED) {
    const value = given[name];
    const first: unknown = Array.isArray(value) ? value[0] : value;
    if (typeof first === 'string' && first !== '') carried.set(name, first);
    else if (typeof first === 'number' || typeof first === 'boolean') carried.set(name, String(first));
  }
  return carried;
}

function sendPage(reply: FastifyReply, markup: string): FastifyReply {
  return reply
    .type('text/html; charset=utf-8')
    .header('cache-control', 'private, no-cache')
    .header('vary', 'Accept-Language')
    .send(markup);
}

/**
 * What is done with every document that a query finds, taken to the letter: removed, or read anew from its stored bytes. The
 * matches are those of the moment when it begins. `BAD_ARGUMENT` for a query that can't be taken so.
 */

import { type ErrorCode, isPeregrineError, messageOf, PeregrineError } from '../base/index.ts';
import type { CollectionName, Engine } from '../collection/index.ts';
import type { RobotsDirectives, StoredDocument } from '../document/index.ts';
import type { SearchRequest } from '../query/index.ts';

export interface FoundRequest {
  readonly query: string;
  readonly signal?: AbortSignal;
  /** Called with the number of documents that are done. */
  readonly onProgress?: (documents: number) => void;
}

export interface RemovalReport {
  readonly removed: number;
  readonly sentence: string;
}

export interface ReindexReport {
  readonly reindexed: number;
  /** Documents of which only the text is stored: they stay as they are. */
  readonly withoutBytes: number;
  /** Documents that are refused now: they stay as they were. */
  readonly refused: number;
  /** Of those the first, with why. */
  readonly problems: readonly string[];
  readonly sentence: string;
}

/** Documents that are worked on at once. */
const AT_ONCE = 8;
const LISTED = 100;
/** Said of the document itself; all else ends the work. */
const REFUSALS: readonly ErrorCode[] = [
  'BAD_ARGUMENT',
  'CORRUPT',
  'FORBIDDEN',
  'PARSE_FAILED',
  'PARSE_TIMEOUT',
  'TOO_LARGE',
  'UNSUPPORTED_TYPE',
];

/**
 * Asks for documents as a filter does: they hold every word of the query, in a form of it. A search finds more: documents with
 * some of the words, with other names of them or what they nearly are, and those of half a query where it can't be read.
 */
export function toTheLetter(query: string): SearchRequest {
  return { query: '', filter: query };
}

/** `CANCELLED` leaves removed what is. */
export async function removeFound(
  engine: Engine,
  collection: CollectionName,
  request: FoundRequest,
): Promise<RemovalReport> {
  let removed = 0;
  await eachFound(engine, collection, request, async ({ url }) => {
    if (await engine.remove(collection, { url })) removed += 1;
  });
  return { removed, sentence: `${removed} documents removed.` };
}

/** Reads and indexes documents anew, as this version of the program does. `CANCELLED` keeps what was read until then. */
export async function reindexFound(
  engine: Engine,
  collection: CollectionName,
  request: FoundRequest,
): Promise<ReindexReport> {
  let [reindexed, withoutBytes, refused] = [0, 0, 0];
  const problems: string[] = [];
  await eachFound(engine, collection, request, async ({ url }) => {
    try {
      const found = await engine.get(collection, { url });
      if (found === undefined) return;
      if (await readAgain(engine, collection, found.document)) reindexed += 1;
      else withoutBytes += 1;
    } catch (error) {
      if (!REFUSALS.some((code) => isPeregrineError(error, code))) throw error;
      refused += 1;
      if (problems.length < LISTED) problems.push(`${url}: ${messageOf(error)}`);
    }
  });
  const others = [
    ...(withoutBytes === 0 ? [] : [` Of ${withoutBytes} only the text is stored; they stay as they are.`]),
    ...(refused === 0 ? [] : [` ${refused} were refused and stay as they were.`]),
  ];
  const sentence = `${reindexed} documents read and indexed anew.${others.join('')}`;
  return { reindexed, withoutBytes, refused, problems, sentence };
}

/** Stores and indexes a document from its stored bytes, with all that is known of it beside; false where there are none. */
export async function readAgain(
  engine: Engine,
  collection: CollectionName,
  { url, raw, contentType, charset, robots, status, fetchedAt_ms, depth, ip, meta }: StoredDocument,
): Promise<boolean> {
  if (raw.length === 0) return false;
  const directives = directivesOf(robots);
  const headers = {
    'content-type': charset === '' ? contentType : `${contentType}; charset=${charset}`,
    // What a header asked for once holds on.
    ...(directives !== '' && { 'x-robots-tag': directives }),
  };
  const known = { status, fetchedAt_ms, depth, meta, ...(ip !== '' && { ip }) };
  await engine.put(collection, { url, bytes: raw, headers, ...known });
  return true;
}

function directivesOf(robots: RobotsDirectives): string {
  const names = ['noindex', 'nofollow', 'nosnippet', 'noarchive'] as const;
  return names.filter((name) => robots[name]).join(', ');
}

/** `NOT_FOUND` where the query finds nothing. */
async function eachFound(
  engine: Engine,
  collection: CollectionName,
  { query, signal, onProgress }: FoundRequest,
  work: (match: { readonly url: string }) => Promise<void>,
): Promise<void> {
  const running = new Set<Promise<void>>();
  const errors: unknown[] = [];
  let done = 0;
  const settle = async (match: { readonly url: string }): Promise<void> => {
    try {
      await work(match);
      done += 1;
      onProgress?.(done);
    } catch (error) {
      errors.push(error);
    }
  };
  for await (const match of engine.stream(collection, toTheLetter(query))) {
    if (signal?.aborted === true || errors.length > 0) break;
    const task = settle(match).finally(() => running.delete(task));
    running.add(task);
    if (running.size >= AT_ONCE) await Promise.race(running);
  }
  await Promise.all(running);
  if (errors.length > 0) throw errors[0];
  if (signal?.aborted === true) {
    throw new PeregrineError('CANCELLED', `It was stopped after ${done} documents.`, { documents: done });
  }
  if (done === 0) throw new PeregrineError('NOT_FOUND', 'No document is like that; nothing is done.');
}

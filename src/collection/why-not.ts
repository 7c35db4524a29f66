/**
 * "Why is this page not found?": one answer for any address and query, from what the crawler, the store and the index
 * know of it.
 */

import { type Clock, type CollectionId, type DocId, PeregrineError } from '../base/index.ts';
import { type Crawler, normaliseUrl } from '../crawl/index.ts';
import { decodeTitleRecord, decodeTitleSummary } from '../document/index.ts';
import type { Absence } from '../query/index.ts';
import { KeyReader, type Shards } from '../storage/index.ts';
import { decodeLink, linkRange, sourceOfLinkKey } from './link-records.ts';
import type { ReadPath } from './read-path.ts';
import {
  indexDamaged,
  kindOf,
  knowledgeOf,
  type LinkingPage,
  notIndexed,
  notSeen,
  queued,
  type Reason,
  round,
  sentenceOf,
  type WhyNotAnswer,
  wordsFor,
} from './why-not-reason.ts';

export interface WhyNotRequest {
  readonly query: string;
  readonly url?: string;
  readonly docId?: DocId;
  readonly language?: string;
}

export interface WhyNotParts {
  readonly readPath: ReadPath;
  readonly crawler: Crawler;
  readonly shards: Shards;
  readonly clock: Clock;
}

const MAX_LINKING_PAGES = 10;
/** Redirects, duplicates and canonical addresses that are followed. */
const MAX_STEPS = 5;

/** `BAD_ARGUMENT` where neither an address nor a document is named; `NOT_FOUND` for a docId that nobody has. */
export async function whyNot(
  parts: WhyNotParts,
  collection: CollectionId,
  request: WhyNotRequest,
): Promise<WhyNotAnswer> {
  const url = await addressOf(parts, collection, request);
  const normal = normaliseUrl(url);
  if (!normal.ok) {
    return answer(request, url, {
      kind: 'no-address',
      sentence: `${url} is no address that can be fetched.`,
      advice: 'Give the whole address, with https:// in front.',
    });
  }
  return explain(parts, collection, request, [normal.url]);
}

/** `way`: the addresses that led here, from the one that was asked for to the one that this is about. */
async function explain(
  parts: WhyNotParts,
  collection: CollectionId,
  request: WhyNotRequest,
  way: readonly [string, ...string[]],
): Promise<WhyNotAnswer> {
  const url = way.at(-1) ?? way[0];
  const status = await parts.crawler.status(collection, url);
  const crawl = knowledgeOf(status);
  const stored = await parts.readPath.find(collection, url);
  const presence = stored === undefined ? 'absent' : await parts.readPath.presence(collection, stored.docId);
  if (stored !== undefined && presence === 'indexed') {
    const absence = await parts.readPath.explainAbsence(collection, request, stored.docId, stored.record);
    const other = await otherPage(parts, collection, absence);
    return answer(request, url, { ...wordsFor(absence, other), absence, crawl });
  }
  const isFetched = status.reply === undefined || kindOf(status.reply) === 'not-indexed';
  if (presence === 'unknown' && isFetched) return answer(request, url, { ...indexDamaged(), crawl });
  const linkedFrom = await pagesLinkingTo(parts, collection, url);
  const { reply, request: waiting } = status;
  if (reply !== undefined) {
    const { target } = reply;
    const said = sentenceOf(reply);
    const isRound = way.includes(target) && target !== url;
    const leadsOn = target !== '' && target !== url && !isRound && way.length <= MAX_STEPS;
    const next = leadsOn ? await explain(parts, collection, request, [...way, target]) : undefined;
    const follow = next === undefined ? '' : ` ${next.sentence}`;
    return answer(request, url, {
      kind: kindOf(reply),
      sentence: said.sentence + follow,
      advice: said.advice === '' ? (next?.advice ?? '') : said.advice,
      ...(isRound && round(target, said.sentence)),
      crawl,
      linkedFrom,
      ...(next?.absence && { absence: next.absence }),
    });
  }
  if (waiting !== undefined) {
    return answer(request, url, { ...queued(status, parts.clock.now()), crawl, linkedFrom });
  }
  if (stored !== undefined)
    return answer(request, url, { ...notIndexed(isNoIndex(stored.record)), crawl, linkedFrom });
  return answer(request, url, { ...notSeen(linkedFrom, status.reach), crawl, linkedFrom });
}

async function addressOf(
  { readPath }: WhyNotParts,
  collection: CollectionId,
  { url, docId }: WhyNotRequest,
): Promise<string> {
  if (url !== undefined && url.trim() !== '') {
    const typed = url.trim();
    return /^[a-z][a-z0-9+.-]*:\/\//i.test(typed) ? typed : `https://${typed}`;
  }
  if (docId === undefined) {
    throw new PeregrineError('BAD_ARGUMENT', 'Say which page: by its address or its docId.');
  }
  const record = await readPath.titleRecord(collection, docId);
  if (record === undefined)
    throw new PeregrineError('NOT_FOUND', `There is no document ${docId}.`, { docId });
  return decodeTitleSummary(record).url;
}

function answer({ query }: WhyNotRequest, url: string, reason: Reason): WhyNotAnswer {
  return { url, query, linkedFrom: [], ...reason };
}

async function otherPage(parts: WhyNotParts, collection: CollectionId, absence: Absence): Promise<string> {
  if (absence.kind !== 'folded-copy' && absence.kind !== 'folded-site') return '';
  const record = await parts.readPath.titleRecord(collection, absence.docId);
  return record === undefined ? 'another page' : decodeTitleSummary(record).url;
}

function isNoIndex(record: Uint8Array): boolean {
  return decodeTitleRecord(record, { raw: false }).robots.noindex;
}

async function pagesLinkingTo(
  { shards, readPath }: WhyNotParts,
  collection: CollectionId,
  url: string,
): Promise<LinkingPage[]> {
  const { start, end } = linkRange(collection, url);
  const store = shards.of(new KeyReader(start).slot);
  const { records } = await store.range({ database: 'links', start, end, limit: MAX_LINKING_PAGES });
  const pages: LinkingPage[] = [];
  for (const { key, value } of records) {
    const source = sourceOfLinkKey(key);
    const record = await readPath.titleRecord(collection, source);
    if (record !== undefined) {
      const { url: from, depth, robots } = decodeTitleSummary(record);
      const { text, nofollow } = decodeLink(value);
      pages.push({ url: from, text, depth, isFollowed: !nofollow && !robots.nofollow });
    }
  }
  return pages;
}

/** Why a document is not where somebody looks for it in the answer to a query. */

import type { DocId } from '../base/index.ts';
import type { IndexHit } from '../index/index.ts';
import { bestReading } from './best-reading.ts';
import { searchBoosted } from './boosted-search.ts';
import { DocumentQuestions, IndexUnreadable } from './document-questions.ts';
import { asksForSomething, DEFAULT_PER_SITE } from './hit-page.ts';
import { type MissingWord, missingWords } from './missing-words.ts';
import { nearCopyOf } from './near-copies.ts';
import { type PreparedSearch, prepareSearch } from './prepared-search.ts';
import { printParsed } from './query-printer.ts';
import type { ParsedQuery } from './query-syntax.ts';
import { areOfOneSite, foldHits } from './result-folding.ts';
import { MAX_RANKED, type SearchInput } from './search-input.ts';
import { NO_RULES, pinsOf } from './search-rules.ts';
import { ShardSearch } from './shard-search.ts';

const FIRST_PAGE = 10;

export interface FeatureGap {
  readonly feature: string;
  readonly own: number;
  /** Of the last document of the first page. */
  readonly needed: number;
}

export type Absence = AbsenceReason & {
  /** What is searched for instead of what was typed, where that finds hardly anything. */
  readonly reading?: string;
};

export type AbsenceReason =
  | {
      readonly kind: 'found';
      readonly rank: number;
      readonly score: number;
      /** It stands there because a rule of the collection says so. */
      readonly isPinned?: boolean;
    }
  /** Further down; the features in which it stands behind, the largest gap first. None where fields give the order. */
  | {
      readonly kind: 'ranked-lower';
      readonly rank: number;
      readonly score: number;
      readonly neededScore: number;
      readonly gaps: readonly FeatureGap[];
      readonly missing: readonly MissingWord[];
    }
  | { readonly kind: 'words-missing'; readonly missing: readonly MissingWord[] }
  /** It does not meet this part of the query: a phrase, a field, a word of AND. */
  | {
      readonly kind: 'condition-not-met';
      readonly condition: string;
      readonly missing: readonly MissingWord[];
    }
  /** It holds what this part of the query keeps away. */
  | { readonly kind: 'excluded'; readonly condition: string }
  /** A rule of the collection, counted from 1, says that it is never shown. */
  | { readonly kind: 'blocked'; readonly rule: number; readonly filter: string }
  /** Folded away as a copy, or as more of the same site; `docId` stands for it. */
  | { readonly kind: 'folded-copy' | 'folded-site'; readonly docId: DocId; readonly rank: number }
  /** So far down that the answer does not reach it. */
  | { readonly kind: 'beyond-reach'; readonly missing: readonly MissingWord[] }
  /** A part of the index can't be read that may hold it. */
  | { readonly kind: 'index-damaged' }
  | { readonly kind: 'query-empty' };

/** For a document that is in the index. */
export async function explainAbsence(
  input: SearchInput,
  docId: DocId,
  titleRecord: Uint8Array,
): Promise<Absence> {
  const { request } = input;
  const shards = new ShardSearch(input.views, input.clock, Infinity);
  const typed = prepareSearch(input, shards);
  if (!asksForSomething(typed)) return { kind: 'query-empty' };
  const found = async (prepared: PreparedSearch): Promise<FoundHits> => {
    const { query, statistics, boosts } = prepared;
    return {
      prepared,
      hits: await searchBoosted(
        shards,
        { ...query, limit: input.rankedDepth ?? MAX_RANKED },
        statistics,
        boosts,
      ),
    };
  };
  const asTyped = await found(typed);
  const { reading } = await bestReading(request, asTyped, (parsed: ParsedQuery) =>
    found(prepareSearch(input, shards, parsed)),
  );
  const pinned = reading === asTyped ? await pinnedHits(input, shards, typed) : [];
  const reason = await reasonIn(input, shards, reading, pinned, { docId, titleRecord }).catch(
    (error: unknown): AbsenceReason => {
      if (error instanceof IndexUnreadable) return { kind: 'index-damaged' };
      throw error;
    },
  );
  return reading === asTyped ? reason : { ...reason, reading: printParsed(reading.prepared.parsed) };
}

async function reasonIn(
  input: SearchInput,
  shards: ShardSearch,
  reading: FoundHits,
  pinned: readonly IndexHit[],
  { docId, titleRecord }: { readonly docId: DocId; readonly titleRecord: Uint8Array },
): Promise<AbsenceReason> {
  const { prepared } = reading;
  const { rules } = input.rules ?? NO_RULES;
  const document = new DocumentQuestions(input, shards, prepared, docId);
  const missing = await missingWords(prepared, document, titleRecord);
  const pin = pinned.findIndex((hit) => hit.docId === docId);
  if (pin >= 0) return { kind: 'found', rank: pin + 1, score: pinned[pin]?.score ?? 0, isPinned: true };
  const pins = new Set(pinned.map((hit) => hit.docId));
  const hits = reading.hits.hits.filter((hit) => !pins.has(hit.docId));
  const own = hits.find((hit) => hit.docId === docId);
  if (own !== undefined) return placed(input, prepared, { hits, own, pinned: pinned.length }, missing.typed);
  for (const [i, filter] of (rules.blocks ?? []).entries()) {
    if (await document.meetsFilter(filter)) return { kind: 'blocked', rule: i + 1, filter };
  }
  const unmet = await document.unmetDemand();
  if (unmet?.keepsAway === true) return { kind: 'excluded', condition: unmet.text };
  if (unmet !== undefined)
    return { kind: 'condition-not-met', condition: unmet.text, missing: missing.typed };
  if (missing.hasNone) return { kind: 'words-missing', missing: missing.typed };
  // It should be found, were it not for the damage.
  return reading.hits.isDamaged
    ? { kind: 'index-damaged' }
    : { kind: 'beyond-reach', missing: missing.typed };
}

interface FoundHits {
  readonly prepared: PreparedSearch;
  readonly hits: Awaited<ReturnType<typeof searchBoosted>>;
}

/** Hits of pages that the rules of the collection put first. */
async function pinnedHits(
  { rules = NO_RULES, request }: SearchInput,
  shards: ShardSearch,
  { query, statistics }: PreparedSearch,
): Promise<IndexHit[]> {
  if (query.sort !== undefined) return [];
  const hits: IndexHit[] = [];
  for (const pin of pinsOf(rules, request.query)) {
    const alone = { ...query, facets: [], required: [...query.required, pin], limit: 1 };
    hits.push(...(await shards.search(alone, statistics)).hits);
  }
  return hits;
}

interface HitPlace {
  readonly hits: readonly IndexHit[];
  readonly own: IndexHit;
  /** Hits that stand before them all. */
  readonly pinned: number;
}

async function placed(
  input: SearchInput,
  { plan }: PreparedSearch,
  { hits, own, pinned }: HitPlace,
  missing: readonly MissingWord[],
): Promise<AbsenceReason> {
  const { request } = input;
  const duplicates = request.foldDuplicates ?? true;
  const copiesFolded = fold(hits, duplicates, 0);
  const standsFor = (
    kind: 'folded-copy' | 'folded-site',
    other: IndexHit,
    list: readonly IndexHit[],
  ): AbsenceReason => ({
    kind,
    docId: other.docId,
    rank: pinned + rankOf(other.docId, list),
  });
  if (rankOf(own.docId, copiesFolded) === 0) {
    const copy = copiesFolded.find(({ contentHash }) => contentHash === own.contentHash);
    if (copy !== undefined) return standsFor('folded-copy', copy, copiesFolded);
  }
  const isPlural = !plan.namesSite && !areOfOneSite(hits);
  const perSite = request.perSite ?? (isPlural ? DEFAULT_PER_SITE : 0);
  const kept = fold(copiesFolded, false, perSite);
  if (rankOf(own.docId, kept) === 0) {
    const first = kept.find(({ siteHash }) => siteHash === own.siteHash);
    if (first !== undefined) return standsFor('folded-site', first, kept);
  }
  const { shown, copy } = duplicates
    ? await nearCopyOf(own, kept, input.titleRecords)
    : { shown: kept, copy: undefined };
  if (copy !== undefined) return standsFor('folded-copy', copy, shown);
  const rank = pinned + rankOf(own.docId, shown);
  if (rank <= FIRST_PAGE) return { kind: 'found', rank, score: own.score };
  const last = shown[FIRST_PAGE - 1 - pinned] ?? own;
  return {
    kind: 'ranked-lower',
    rank,
    score: own.score,
    neededScore: last.score,
    gaps: gapsBetween(own, last),
    missing,
  };
}

function fold(list: readonly IndexHit[], duplicates: boolean, perSite: number): IndexHit[] {
  return foldHits(list, { duplicates, perSite }).kept.map(({ hit }) => hit);
}

/** From 1; 0 where it is not in the list. */
function rankOf(docId: DocId, list: readonly IndexHit[]): number {
  return list.findIndex((hit) => hit.docId === docId) + 1;
}

function gapsBetween(own: IndexHit, needed: IndexHit): FeatureGap[] {
  const names = new Set([...Object.keys(own.features), ...Object.keys(needed.features)]);
  return Array.from(names, (feature) => ({
    feature,
    own: own.features[feature] ?? 0,
    needed: needed.features[feature] ?? 0,
  }))
    .filter((gap) => gap.needed > gap.own)
    .sort((a, b) => b.needed - b.own - (a.needed - a.own));
}

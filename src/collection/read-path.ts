/** The way of a query: views of every shard, the search over them, title records of the winners. */

import { type Clock, type CollectionId, type DocId, PeregrineError, slotOfDocId } from '../base/index.ts';
import {
  type BuiltDocument,
  decodeTitleRecord,
  decodeTitleSummary,
  NEUTRAL_RANK,
  type StoredDocument,
} from '../document/index.ts';
import type { IndexView } from '../index/index.ts';
import {
  type Absence,
  type Completion,
  type CompletionRequest,
  type CompiledRules,
  chooseCompletions,
  executeSearch,
  documentPresence,
  type DocumentPresence,
  explainAbsence,
  type ExplainedQuery,
  explainQuery,
  findCompletions,
  type SearchInput,
  type SearchRequest,
  type SearchResponse,
  matchingIds,
  NO_RULES,
  queryMatcher,
  type WordMatcher,
  type PastQuery,
  type StreamedResult,
  type StreamOptions,
} from '../query/index.ts';
import type { Shards } from '../storage/index.ts';
import { filterHash, LANGUAGES } from '../text/index.ts';
import { CompletionCache } from './completion-cache.ts';
import { findPlace, proposedDocId, titleKey } from './document-chain.ts';
import { decodeInbound, inboundKey, type LinksTo } from './inbound-record.ts';
import type { IndexFleet, Sight, WantedSight } from './index-fleet.ts';
import { ResultCache } from './result-cache.ts';
import type { RuleBook } from './rule-book.ts';
import { parseSequences } from './seen-sequences.ts';
import { urlOfRecord } from './write-path.ts';

/** Of a query that has no end, while it waits for writes that it must see. */
const DEFAULT_DEADLINE_MS = 10_000;
/** Title records of a stream that are read at once. */
const STREAM_STEP = 64;

export class ReadPath {
  readonly #shards: Shards;
  readonly #indexes: IndexFleet;
  readonly #clock: Clock;
  readonly #rules: RuleBook;
  readonly #answers = new ResultCache();
  readonly #completions = new CompletionCache();
  /** Languages of a collection by share, with the view versions that they were counted in. */
  readonly #languages = new Map<CollectionId, { readonly versions: string; readonly languages: string[] }>();

  constructor(shards: Shards, indexes: IndexFleet, clock: Clock, rules: RuleBook) {
    this.#shards = shards;
    this.#indexes = indexes;
    this.#clock = clock;
    this.#rules = rules;
  }

  /** `rules`: instead of those in force. `signal` ends it with `CANCELLED`. */
  async search(
    collection: CollectionId,
    request: SearchRequest,
    rules?: CompiledRules,
    signal?: AbortSignal,
  ): Promise<SearchResponse> {
    return this.#within(collection, request, async (own) => {
      const input = { ...own, signal };
      // Who was to see something and does not may ask again at once.
      if (rules !== undefined || (input.shardsBehind ?? 0) > 0)
        return executeSearch({ ...input, rules: rules ?? input.rules ?? NO_RULES });
      const state = {
        versions: input.views.map(({ version }) => version).join(','),
        rules: input.rules ?? NO_RULES,
        now_ms: this.#clock.now(),
      };
      const kept = this.#answers.get(collection, request, state);
      if (kept !== undefined) return kept;
      const response = await executeSearch(input);
      this.#answers.put(collection, request, { ...state, at_ms: state.now_ms, response });
      return response;
    });
  }

  /** Of what the index showed at most a second ago. `past`: queries of before, the most frequent first. */
  async complete(
    collection: CollectionId,
    request: CompletionRequest,
    past: readonly PastQuery[],
  ): Promise<readonly Completion[]> {
    const rules = await this.#rules.of(collection);
    const now_ms = this.#clock.now();
    const kept = this.#completions.get(collection, request, { rules, now_ms });
    if (kept !== undefined) return chooseCompletions(request, kept, past);
    const found = await this.#within(
      collection,
      { query: '' },
      async (input) => {
        const versions = input.views.map(({ version }) => version).join(',');
        const known = this.#completions.get(collection, request, { rules, now_ms, versions });
        const completions = known ?? (await findCompletions(input, request));
        if ((input.shardsMissing ?? 0) === 0) {
          this.#completions.put(collection, request, { rules, versions, at_ms: now_ms, found: completions });
        }
        return completions;
      },
      'soon',
    );
    return chooseCompletions(request, found, past);
  }

  /** Every match, by document id, of the moment of the first step. Documents that went since are left out. */
  async *stream(
    collection: CollectionId,
    request: SearchRequest,
    { after, signal }: StreamOptions = {},
  ): AsyncGenerator<StreamedResult> {
    const batches = await this.#within(collection, request, async (input) => {
      if ((input.shardsBehind ?? 0) > 0) {
        throw new PeregrineError('UNAVAILABLE', 'Writes that were to be seen are not there yet. Try again.');
      }
      const missing = input.shardsMissing ?? 0;
      if (missing === 0) return matchingIds(input, after);
      // All matches, or none: who takes them for all would miss what nobody told of.
      throw new PeregrineError('UNAVAILABLE', `${missing} of the shards don't answer. Try again.`, {
        missing,
      });
    });
    for (const batch of batches) {
      for (let at = 0; at < batch.length; at += STREAM_STEP) {
        signal?.throwIfAborted();
        const step = batch.slice(at, at + STREAM_STEP);
        const records = await Promise.all(step.map((docId) => this.titleRecord(collection, docId)));
        for (const [i, record] of records.entries()) {
          const docId = step[i];
          if (record === undefined || docId === undefined) continue;
          const { url, title, language, contentType, fetchedAt_ms, published_ms } =
            decodeTitleSummary(record);
          yield { docId, url, title, language, contentType, fetchedAt_ms, published_ms };
        }
      }
    }
  }

  /** How a query is read and what is asked of the index. */
  async explain(collection: CollectionId, request: SearchRequest): Promise<ExplainedQuery> {
    return this.#within(collection, request, async (input) => explainQuery(input));
  }

  /** Why a document of the index is not where somebody looks for it. */
  async explainAbsence(
    collection: CollectionId,
    request: SearchRequest,
    docId: DocId,
    record: Uint8Array,
  ): Promise<Absence> {
    return this.#within(collection, request, async (input) => explainAbsence(input, docId, record));
  }

  /** Finds the words of a query in texts of a language. */
  async wordMatcher(
    collection: CollectionId,
    request: SearchRequest,
    language: string,
  ): Promise<WordMatcher> {
    return this.#within(collection, request, async (input) => queryMatcher(input, language));
  }

  async presence(collection: CollectionId, docId: DocId): Promise<DocumentPresence> {
    return this.#indexes.within(collection, async ({ views }) =>
      documentPresence(views, this.#clock, collection, docId),
    );
  }

  async #within<T>(
    collection: CollectionId,
    request: SearchRequest,
    use: (input: SearchInput) => Promise<T>,
    sight: Sight | undefined = sightOf(request),
  ): Promise<T> {
    const rules = await this.#rules.of(collection);
    const started_ms = this.#clock.monotonic();
    const clock = standingClock(this.#clock);
    // `use` may run several times: what was read once is not read again.
    const records = new Map<DocId, Promise<Uint8Array | undefined>>();
    const titleRecords = (docId: DocId): Promise<Uint8Array | undefined> => {
      const record = records.get(docId) ?? this.titleRecord(collection, docId);
      records.set(docId, record);
      return record;
    };
    return this.#indexes.within(
      collection,
      async ({ views, missing, behind }) =>
        use({
          collection,
          views,
          shardsMissing: missing,
          shardsBehind: behind,
          request,
          titleRecords,
          collectionLanguages: this.#languagesOf(collection, views),
          started_ms,
          clock,
          rules,
        }),
      sight,
    );
  }

  /** The title record's bytes, or undefined where there is no such document. */
  async titleRecord(collection: CollectionId, docId: DocId): Promise<Uint8Array | undefined> {
    const record = await this.#shards.of(slotOfDocId(docId)).get('titles', titleKey(collection, docId));
    // An empty value marks a deletion on a chain of colliding ids.
    return record === undefined || record.length === 0 ? undefined : record;
  }

  async documentById(collection: CollectionId, docId: DocId): Promise<StoredDocument | undefined> {
    const record = await this.titleRecord(collection, docId);
    return record === undefined ? undefined : decodeTitleRecord(record);
  }

  /** Where a URL's document stands, if there is one. */
  async find(
    collection: CollectionId,
    url: string,
  ): Promise<{ docId: DocId; record: Uint8Array } | undefined> {
    const home = this.#shards.of(slotOfDocId(proposedDocId(url)));
    const place = await findPlace(collection, url, (key) => home.get('titles', key), urlOfRecord);
    return place.record === undefined ? undefined : { docId: place.docId, record: place.record };
  }

  /** What the last look at the links found of a page; undefined where there is no such page. */
  async linksTo(collection: CollectionId, url: string): Promise<LinksTo | undefined> {
    const found = await this.find(collection, url);
    if (found === undefined) return undefined;
    const store = this.#shards.of(slotOfDocId(found.docId));
    const value = await store.get('meta', inboundKey(collection, found.docId));
    if (value === undefined) return { rank: NEUTRAL_RANK, links: 0, hosts: 0, anchors: [] };
    const { rank, links, hosts, anchors } = decodeInbound(value);
    return { rank, links, hosts, anchors };
  }

  /** URL of another indexed document whose main text is the same to the letter; undefined for documents without text. */
  async duplicateOf(collection: CollectionId, built: BuiltDocument): Promise<string | undefined> {
    if (built.tokens === 0) return undefined;
    const hash = filterHash('content', built.contentHash);
    for await (const docId of this.#indexes.documentsWith(collection, hash)) {
      const record = await this.titleRecord(collection, docId);
      const url = record === undefined ? built.url : urlOfRecord(record);
      if (url !== built.url) return url;
    }
    return undefined;
  }

  /** Languages that documents of the collection are in, most frequent first. */
  #languagesOf(collection: CollectionId, views: readonly IndexView[]): readonly string[] {
    const versions = views.map(({ version }) => version).join(',');
    const known = this.#languages.get(collection);
    if (known?.versions === versions) return known.languages;
    const codes = LANGUAGES.map(({ code }) => code);
    const counts = codes.map(() => 0);
    const asTerms = codes.map((code, place) => ({
      stem: filterHash('lang', code),
      surface: undefined,
      weight: 1,
      place,
    }));
    for (const view of views) {
      view.statistics(asTerms).documentFrequencies.forEach((frequency, i) => {
        counts[i] = (counts[i] ?? 0) + frequency;
      });
    }
    const languages = codes
      .map((code, i) => ({ code, count: counts[i] ?? 0 }))
      .filter(({ count }) => count > 0)
      .sort((a, b) => b.count - a.count)
      .map(({ code }) => code);
    this.#languages.set(collection, { versions, languages });
    return languages;
  }
}

/** The half of its time that a query waits for what it must see; the other half is for itself. */
function sightOf({ minSeq, deadline_ms = DEFAULT_DEADLINE_MS }: SearchRequest): WantedSight | undefined {
  return minSeq === undefined ? undefined : { minSeq: parseSequences(minSeq), patience_ms: deadline_ms / 2 };
}

/** One moment of the calendar for a whole query, so that it asks the same however often it is run. */
function standingClock(clock: Clock): Clock {
  const now_ms = clock.now();
  return {
    now: () => now_ms,
    monotonic: () => clock.monotonic(),
    sleep: (...asked) => clock.sleep(...asked),
  };
}

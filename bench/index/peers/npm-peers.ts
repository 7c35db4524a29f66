/** Engines of the npm world, all in memory: MiniSearch, FlexSearch, Orama. */

import { importPeer } from '../../peers.ts';
import type { QueryMode } from '../lucene-contestant.ts';
import { cpuOf_s, type Peer, type PeerQuery, type QueryKind, timeOnThread_us } from './peer.ts';

const BEST = 10;
const split = (text: string): string[] => text.split(' ');

interface MiniSearchIndex {
  addAll(documents: readonly { readonly id: number; readonly text: string }[]): void;
  search(text: string, options: { readonly combineWith: 'AND' | 'OR' }): readonly unknown[];
  removeAll(): void;
}

interface FlexSearchIndex {
  add(id: number, text: string): void;
  search(text: string, options: { readonly limit: number }): readonly unknown[];
  clear(): void;
}

interface OramaModule {
  create(options: object): object;
  insertMultiple(index: object, documents: readonly object[], batch: number): Promise<unknown>;
  search(index: object, query: object): { count: number } | Promise<{ count: number }>;
}

export async function npmPeers(): Promise<readonly Peer[]> {
  const mini = await importPeer<{ default: new (options: object) => MiniSearchIndex }>('minisearch');
  const flex = await importPeer<{ Index: new (options: object) => FlexSearchIndex }>('flexsearch');
  const orama = await importPeer<OramaModule>('@orama/orama');
  const MiniSearch = mini.default;
  return [
    new MiniSearchPeer(
      new MiniSearch({ fields: ['text'], tokenize: split, processTerm: (word: string) => word }),
    ),
    new FlexSearchPeer(new flex.Index({ tokenize: 'strict', encode: split, cache: false })),
    new OramaPeer(orama),
  ];
}

/** It gives all matches, in order, whatever is asked. */
class MiniSearchPeer implements Peer {
  readonly name = 'MiniSearch';
  readonly kinds: readonly QueryKind[] = ['term', 'and', 'or'];
  readonly #index: MiniSearchIndex;

  constructor(index: MiniSearchIndex) {
    this.#index = index;
  }

  index(documents: readonly string[]): Promise<number> {
    return cpuOf_s(() => {
      this.#index.addAll(documents.map((text, id) => ({ id, text })));
    });
  }

  hits(query: PeerQuery): Promise<number> {
    return Promise.resolve(this.#ask(query));
  }

  time_us(queries: readonly PeerQuery[], _mode: QueryMode, least_ms: number): Promise<number> {
    return timeOnThread_us(queries, least_ms, (query) => this.#ask(query));
  }

  close(): void {
    this.#index.removeAll();
  }

  #ask({ kind, words }: PeerQuery): number {
    return this.#index.search(words.join(' '), { combineWith: kind === 'or' ? 'OR' : 'AND' }).length;
  }
}

/** Its results stand in the order of where words stand, not of their weight; it has no OR. */
class FlexSearchPeer implements Peer {
  readonly name = 'FlexSearch';
  readonly kinds: readonly QueryKind[] = ['term', 'and'];
  readonly #index: FlexSearchIndex;

  constructor(index: FlexSearchIndex) {
    this.#index = index;
  }

  index(documents: readonly string[]): Promise<number> {
    return cpuOf_s(() => {
      for (const [id, text] of documents.entries()) this.#index.add(id, text);
    });
  }

  hits(query: PeerQuery): Promise<number> {
    return Promise.resolve(this.#ask(query, 2 ** 30));
  }

  time_us(queries: readonly PeerQuery[], mode: QueryMode, least_ms: number): Promise<number> {
    const limit = mode === 'count' ? 2 ** 30 : BEST;
    return timeOnThread_us(queries, least_ms, (query) => this.#ask(query, limit));
  }

  close(): void {
    this.#index.clear();
  }

  #ask({ words }: PeerQuery, limit: number): number {
    return this.#index.search(words.join(' '), { limit }).length;
  }
}

const ORAMA_TOKENIZER = {
  language: 'english',
  normalizationCache: new Map<string, string>(),
  tokenize: split,
};

/** `threshold` 0 wants all words, 1 any. */
class OramaPeer implements Peer {
  readonly name = 'Orama';
  readonly kinds: readonly QueryKind[] = ['term', 'and', 'or'];
  readonly #orama: OramaModule;
  readonly #index: object;

  constructor(orama: OramaModule) {
    this.#orama = orama;
    this.#index = orama.create({ schema: { text: 'string' }, components: { tokenizer: ORAMA_TOKENIZER } });
  }

  index(documents: readonly string[]): Promise<number> {
    return cpuOf_s(() =>
      this.#orama.insertMultiple(
        this.#index,
        documents.map((text) => ({ text })),
        1000,
      ),
    );
  }

  async hits(query: PeerQuery): Promise<number> {
    return (await this.#ask(query, 1)).count;
  }

  time_us(queries: readonly PeerQuery[], _mode: QueryMode, least_ms: number): Promise<number> {
    return timeOnThread_us(queries, least_ms, (query) => this.#ask(query, BEST));
  }

  close(): void {
    // It is let go with its memory.
  }

  async #ask({ kind, words }: PeerQuery, limit: number): Promise<{ count: number }> {
    return this.#orama.search(this.#index, {
      term: words.join(' '),
      exact: true,
      threshold: kind === 'or' ? 1 : 0,
      limit,
    });
  }
}

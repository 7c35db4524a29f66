/** Random documents and queries, and a store of one derived state, for tests of the index. */

import {
  type CollectionId,
  type DocId,
  docIdOfHash,
  hashString64,
  type Random,
  seededRandom,
  toCollectionId,
  toSeq,
} from '../src/base/index.ts';
import type { Disk } from '../src/disk/index.ts';
import type { DerivedEdit, DerivedFile } from '../src/storage/index.ts';
import type { ColumnKey } from '../src/index/columns/column.ts';
import { encodeAnalysedDocument } from '../src/text/analysed-document-writer.ts';
import { type AnalysedDocument, ZONE_GAP } from '../src/text/analysed-document.ts';
import type { DocumentField, FieldValue } from '../src/text/document-fields.ts';
import { FIELD_GROUP_COUNT } from '../src/text/field-groups.ts';
import type { ShardIndex } from '../src/index/index-contract.ts';
import { IndexMemory } from '../src/index/index-memory.ts';
import type { KernelKind } from '../src/index/kernel-host.ts';
import { PendingDocuments } from '../src/index/pending-documents.ts';
import { buildSegment } from '../src/index/segment-builder.ts';
import { encodeIndexOperation } from '../src/index/index-operation-codec.ts';
import { ALL_GROUPS, type Clause } from '../src/index/clause.ts';
import type { IndexQuery, RankingWeights, ScoredTerm } from '../src/index/index-query.ts';
import { createShardIndex, type ShardIndexOptions } from '../src/index/shard-index.ts';

export const COLLECTION: CollectionId = toCollectionId(7);

export const WEIGHTS: RankingWeights = {
  k1: 1.2,
  fieldWeights: [1, 2, 1.4, 1.5, 0.7, 1, 0.6, 0.8, 0.2],
  fieldLengthNorms: [0.5, 0.4, 0.4, 0.3, 0.3, 0.4, 0.5, 0.5, 0.5],
  surfaceWeight: 0.25,
  presence: 0.2,
  phrase: 0.5,
  pairs: 0.5,
  titleMatch: 0.5,
  earlyMatch: 0.5,
  closeness: 0.5,
  windowMatch: 0.5,
  rank: 0.3,
  home: 1,
  rerankDepth: 20,
};

export const wordHash = (word: number): bigint => hashString64(`w${word}`);
export const filterHashOf = (filter: number): bigint => hashString64(`f${filter}`);
export const docIdOf = (number: number): DocId => docIdOfHash(hashString64(`https://example.org/${number}`));

export interface DocumentShape {
  /** Words to draw from; low numbers are frequent. */
  readonly words: number;
  readonly filters?: number;
  readonly maxZones?: number;
  readonly maxZoneTokens?: number;
}

/** Columns that random documents have, with few values so that they meet. */
export const FIELD_KEYS: readonly ColumnKey[] = [
  { name: 'price', type: 'number' },
  { name: 'date', type: 'date' },
  { name: 'serial', type: 'integer' },
  { name: 'tag', type: 'keyword' },
  { name: 'price', type: 'keyword' },
  { name: 'rare', type: 'number' },
];

const DAY_MS = 86_400_000;

/** A random value of a column. */
export function randomFieldValue(random: Random, { type }: ColumnKey): FieldValue {
  if (type === 'number') return (random.below(40) - 20) / 4;
  if (type === 'date') return (random.below(2400) - 300) * DAY_MS + random.below(DAY_MS);
  if (type === 'integer') return 2n ** 60n * BigInt(random.below(3) - 1) + BigInt(random.below(9));
  return ['', 'a', 'ab', '1.10', '1.9.2', 'é', '2', '日本', '😀'][random.below(9)] ?? '';
}

/** Random fields: some documents have none, some several values of one. */
export function randomFields(random: Random): DocumentField[] {
  if (random.below(6) === 0) return [];
  return FIELD_KEYS.flatMap((key, place): DocumentField[] => {
    if (random.below(place === 5 ? 20 : 4) === 0 || (place === 5 && random.below(4) > 0)) return [];
    const count = 1 + (random.below(3) === 0 ? random.below(4) : 0);
    const values = Array.from({ length: count }, () => randomFieldValue(random, key));
    return [{ ...key, values } as DocumentField];
  });
}

/** A document of random words in random zones. */
export function randomDocument(random: Random, shape: DocumentShape): AnalysedDocument {
  const { words, filters = 4, maxZones = 5, maxZoneTokens = 24 } = shape;
  const places = new Map<number, number[]>();
  const zoneStarts: number[] = [];
  const zoneGroups: number[] = [];
  const fieldLengths = new Uint32Array(FIELD_GROUP_COUNT);
  let position = 0;
  const zones = 1 + random.below(maxZones);
  for (let zone = 0; zone < zones; zone++) {
    const group = zone === 0 ? 1 : random.below(3) === 0 ? random.below(FIELD_GROUP_COUNT) : 0;
    const tokens = 1 + random.below(maxZoneTokens);
    zoneStarts.push(position);
    zoneGroups.push(group);
    for (let token = 0; token < tokens; token++) {
      const word = Math.floor(random.unit() ** 2.5 * words);
      places.set(word, [...(places.get(word) ?? []), position]);
      position += 1;
    }
    fieldLengths[group] = (fieldLengths[group] ?? 0) + tokens;
    position += ZONE_GAP;
  }
  const own = Array.from({ length: filters }, (_, i) => i).filter(() => random.below(2) === 0);
  return documentOf(places, {
    zoneStarts: Uint32Array.from(zoneStarts),
    zoneGroups: Uint8Array.from(zoneGroups),
    fieldLengths,
    filterHashes: BigUint64Array.from(own.map(filterHashOf)).sort(),
    columns: {
      siteHash: random.below(12) * 0x15555555,
      language: random.below(60),
      date_min: random.below(2 ** 25),
      rank: random.below(256),
      depth: random.below(256),
      contentHash: random.below(2 ** 32),
    },
    fields: randomFields(random),
  });
}

/** An analysed document from positions by word number. */
export function documentOf(
  places: ReadonlyMap<number, readonly number[]>,
  rest: Omit<AnalysedDocument, 'termHashes' | 'positionStarts' | 'positions'>,
): AnalysedDocument {
  const entries = [...places].map(([word, positions]) => ({ hash: wordHash(word), positions }));
  entries.sort((a, b) => (a.hash < b.hash ? -1 : 1));
  const starts = [0];
  const all: number[] = [];
  for (const { positions } of entries) {
    all.push(...positions);
    starts.push(all.length);
  }
  return {
    termHashes: BigUint64Array.from(entries.map(({ hash }) => hash)),
    positionStarts: Uint32Array.from(starts),
    positions: Uint32Array.from(all),
    ...rest,
  };
}

/** One of the first `words` words, or one that no document has; the first ones are the commonest. */
function randomWord(random: Random, words: number): bigint {
  return wordHash(Math.floor(random.unit() ** 2 * words * 1.05));
}

export function randomClause(random: Random, words: number, depth = 0): Clause {
  const word = (): bigint => randomWord(random, words);
  const groups = (): number => (random.below(3) === 0 ? 1 + random.below(511) : ALL_GROUPS);
  const inner = (): Clause => randomClause(random, words, depth + 1);
  switch (random.below(depth > 1 ? 4 : 8)) {
    case 0:
      return { kind: 'filter', hash: filterHashOf(random.below(5)) };
    case 1:
      return { kind: 'term', hash: word(), groups: groups() };
    case 2: {
      const gap = 1 + random.below(2);
      return { kind: 'phrase', hashes: [word(), word()], offsets: [0, gap], groups: groups() };
    }
    case 3:
      return {
        kind: 'near',
        hashes: [word(), word()],
        distance: 1 + random.below(9),
        isOrdered: random.below(2) === 1,
      };
    case 4:
      return { kind: 'all', clauses: Array.from({ length: 1 + random.below(3) }, inner) };
    case 5:
      return { kind: 'not', clause: inner() };
    default:
      return { kind: 'any', clauses: Array.from({ length: 1 + random.below(3) }, inner) };
  }
}

/** A query of random parts; its statistics are to be filled in. */
export function randomQuery(random: Random, words: number): Omit<IndexQuery, 'statistics'> {
  const word = (): bigint => randomWord(random, words);
  const clause = (): Clause => randomClause(random, words);
  const scored = Array.from({ length: random.below(5) }, (_, place): ScoredTerm => {
    const surface = random.below(3) === 0 ? word() : undefined;
    return { stem: word(), surface, weight: [1, 1, 0.3, 0.1][random.below(4)] ?? 1, place };
  });
  const isStrict = random.below(3) === 0;
  const strict = isStrict
    ? scored.map((term): Clause => ({ kind: 'term', hash: term.stem, groups: ALL_GROUPS }))
    : [];
  return {
    collection: COLLECTION,
    scored,
    required: [...strict, ...Array.from({ length: Math.max(0, random.below(4) - 1) }, clause)],
    excluded: random.below(3) === 0 ? [clause()] : [],
    ...(random.below(4) === 0 && {
      home: { hash: filterHashOf(random.below(5)), documents: 1 + random.below(9) },
    }),
    weights: { ...WEIGHTS, rerankDepth: random.below(2) * 20 },
    limit: 1 + random.below(30),
    ...(random.below(2) === 0 && { rescore: 'all' as const }),
  };
}

/** A log and a manifest in memory around an index: what a store does with a derived state. */
export class FakeStore {
  index: ShardIndex;
  readonly #options: ShardIndexOptions;
  #files = new Map<string, DerivedFile>();
  #log: { seq: number; payload: Uint8Array }[] = [];
  #seq = 0;
  /** Edits that the manifest refuses from now on, before it adopts one again. */
  refusals = 0;

  private constructor(options: ShardIndexOptions) {
    this.#options = options;
    this.index = createShardIndex(options);
  }

  static async open(options: ShardIndexOptions): Promise<FakeStore> {
    const store = new FakeStore(options);
    await store.#open();
    return store;
  }

  get disk(): Disk {
    return this.#options.disk;
  }

  get files(): readonly DerivedFile[] {
    return [...this.#files.values()];
  }

  async #open(): Promise<void> {
    await this.disk.makeDirectory('shard/derived-1');
    await this.index.open(this.files, {
      directory: 'shard/derived-1',
      pathPrefix: 'derived-1/',
      adopt: async (edit) => this.#adopt(edit),
    });
  }

  put(number: number, document: AnalysedDocument, collection: CollectionId = COLLECTION): void {
    const docId = docIdOf(number);
    this.append(
      encodeIndexOperation({ kind: 'put', collection, docId, document: encodeAnalysedDocument(document) }),
    );
  }

  delete(number: number, collection: CollectionId = COLLECTION): void {
    this.append(encodeIndexOperation({ kind: 'delete', collection, docId: docIdOf(number) }));
  }

  append(payload: Uint8Array): void {
    this.#seq += 1;
    this.#log.push({ seq: this.#seq, payload });
    this.index.apply(toSeq(this.#seq), payload);
  }

  /** `meanwhile` runs between the writing of files and the manifest's adoption of them. */
  async flush(meanwhile: () => void | Promise<void> = () => undefined): Promise<void> {
    const upTo = this.#seq;
    const edit = await this.index.flush(toSeq(upTo));
    await meanwhile();
    await this.#adopt(edit, () => this.index.flushed());
    this.#log = this.#log.filter(({ seq }) => seq > upTo);
  }

  /** Forgets the index and opens another over the same files and log: a kill. */
  async restart(): Promise<void> {
    await this.index.close();
    this.index = createShardIndex(this.#options);
    await this.#open();
    for (const { seq, payload } of this.#log) this.index.apply(toSeq(seq), payload);
  }

  async #adopt({ add, remove }: DerivedEdit, then: () => void = () => undefined): Promise<void> {
    if (this.refusals > 0) {
      this.refusals -= 1;
      throw new Error('refused');
    }
    for (const path of remove) this.#files.delete(path);
    for (const file of add) this.#files.set(file.path, file);
    then();
    const added = new Set(add.map(({ path }) => path));
    for (const path of remove) {
      if (!added.has(path)) await this.disk.remove(`shard/${path}`).catch(() => undefined);
    }
  }
}

export { seededRandom };

/** The segment of some documents, as it is before it stands anywhere. */
export function segmentOf(
  documents: readonly { readonly docId: DocId; readonly document: AnalysedDocument }[],
  kernels: KernelKind = 'wasm',
): ReturnType<typeof buildSegment> {
  const memory = new IndexMemory(2 ** 18, kernels);
  const pending = new PendingDocuments(memory);
  for (const { docId, document } of documents) pending.put(docId, encodeAnalysedDocument(document));
  return buildSegment(memory, pending.documents);
}

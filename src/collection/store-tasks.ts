/** What operators ask of the stores of a data directory, as data that crosses a socket: `peregrine store`. */

import { isAbsolute, relative, resolve, sep } from 'node:path';

import { type LogSink, PeregrineError } from '../base/index.ts';
import { type Disk, openRealDisk } from '../disk/index.ts';
import { isAside } from './aside-folder.ts';
import { noteCopyPlace } from './copy-places.ts';
import { handOverForeign } from './foreign-records.ts';
import type { HeldShard } from './shards-layer.ts';
import {
  type IndexesVerified,
  type IndexVerified,
  type NamedCollection,
  verifyIndexes,
} from './verify-indexes.ts';
import {
  DATABASE_NAMES,
  type DatabaseName,
  DATABASES,
  type DirectorySnapshot,
  KeyReader,
  mirrorDirectory,
  type RepairReport,
  shardDirectory,
  type Shards,
  snapshotShards,
  type StoreStatus,
  type StoreVerification,
  type VerifyDepth,
} from '../storage/index.ts';

export type StoreTask =
  | { readonly task: 'ls' }
  | { readonly task: 'verify'; readonly depth: VerifyDepth }
  | {
      readonly task: 'dump';
      readonly database: DatabaseName;
      /** Hex; default: the first key. */
      readonly start?: string;
      readonly limit: number;
      /** Values too, not their sizes alone. */
      readonly values: boolean;
    }
  | { readonly task: 'merge'; readonly force: boolean }
  | { readonly task: 'repair'; readonly mirror?: string; readonly acceptLoss: boolean }
  | { readonly task: 'snapshot'; readonly directory: string; readonly copies: boolean };

/** What is told while a task is under way. */
export type StoreEvent =
  | {
      readonly event: 'progress';
      readonly done_bytes: number;
      readonly total_bytes: number;
      readonly what: string;
    }
  | {
      readonly event: 'record';
      readonly database: DatabaseName;
      readonly key: string;
      readonly slot: number;
      readonly collection: number;
      readonly size_bytes: number;
      /** Base64, where it was asked for. */
      readonly value?: string;
    };

export interface StoreTaskResult {
  /** One for each thing that was done or found. */
  readonly sentences: readonly string[];
  /** False where something is wrong. */
  readonly isSound: boolean;
  readonly stores?: readonly StoreStatus[];
  readonly verifications?: readonly StoreVerification[];
  readonly indexes?: readonly IndexVerified[];
  readonly repairs?: readonly RepairReport[];
  readonly snapshot?: DirectorySnapshot;
  readonly records?: number;
  readonly merges?: number;
}

export interface StoreTaskParts {
  /** Shards that are open here. */
  readonly held: readonly HeldShard[];
  /** All of them, wherever they are. */
  readonly shards: Shards;
  /** All that there are. */
  readonly collections: readonly NamedCollection[];
  readonly log: LogSink;
  /** Remembers where snapshots were put. */
  readonly dataDirectory?: string;
  /** For what is written outside the data directory. Default: the file system. */
  readonly openDisk?: (root: string) => Promise<Disk>;
  readonly now_ms: () => number;
}

export type OnStoreEvent = (event: StoreEvent) => void | Promise<void>;

/** Runs a task beside everything else that the engine does. `BAD_ARGUMENT`, `CANCELLED`, and what the task can meet. */
export async function runStoreTask(
  parts: StoreTaskParts,
  task: StoreTask,
  onEvent: OnStoreEvent = () => undefined,
  signal?: AbortSignal,
): Promise<StoreTaskResult> {
  switch (task.task) {
    case 'ls':
      return listStores(parts);
    case 'verify':
      return verify(parts, task.depth, onEvent, signal);
    case 'dump':
      return dump(parts, task, onEvent, signal);
    case 'merge':
      return merge(parts, task.force, onEvent, signal);
    case 'repair':
      return repair(parts, task, onEvent, signal);
    case 'snapshot':
      return snapshot(parts, task, onEvent, signal);
    default:
      // What came through a socket may say anything.
      throw new PeregrineError('BAD_ARGUMENT', `There is no such task: ${JSON.stringify(task)}.`);
  }
}

function listStores({ held }: StoreTaskParts): StoreTaskResult {
  const statuses = held.map(({ store }) => store.status());
  const sentences = statuses.flatMap((status, i) => {
    const shard = held[i]?.store.shard ?? i;
    const lines = DATABASE_NAMES.flatMap((name) => {
      const { runs, parts, records, disk_bytes } = status.databases[name];
      return parts === 0
        ? []
        : [
            `shard ${shard}  ${name.padEnd(9)} ${runs} runs  ${parts} parts  ${records} records  ${disk_bytes} bytes`,
          ];
    });
    const head = `shard ${shard}: up to ${status.lastSeq}, in files up to ${status.checkpointSeq}, log ${status.log_bytes} bytes, memory ${status.memtable_bytes} bytes`;
    const lost = (status.lost ?? []).map(
      ({ database, firstKey, lastKey }) =>
        `shard ${shard}  ${database}: keys from ${firstKey} to ${lastKey} are lost`,
    );
    const refusal =
      status.readOnly === undefined ? [] : [`shard ${shard}: takes no writes: ${status.readOnly}`];
    const damage = status.recovery.damage.map(
      ({ firstSeq, lastSeq, file, reason }) =>
        `shard ${shard}: writes ${firstSeq} to ${lastSeq} are lost with ${file}: ${reason}`,
    );
    return [head, ...refusal, ...lines, ...damage, ...lost];
  });
  const isSound = statuses.every(
    ({ lost = [], recovery }) => lost.length === 0 && recovery.damage.length === 0,
  );
  return { sentences, isSound, stores: statuses };
}

async function verify(
  parts: StoreTaskParts,
  depth: VerifyDepth,
  onEvent: OnStoreEvent,
  signal: AbortSignal | undefined,
): Promise<StoreTaskResult> {
  const verifications: StoreVerification[] = [];
  for (const { store } of parts.held) {
    verifications.push(
      await store.verify({
        depth,
        onProgress: ({ done_bytes, total_bytes, shard }) =>
          void onEvent({ event: 'progress', done_bytes, total_bytes, what: `shard ${shard}` }),
        ...(signal === undefined ? {} : { signal }),
      }),
    );
  }
  const found = depth === 'deep' ? await indexesOf(parts, onEvent, signal) : NO_INDEXES;
  return {
    sentences: [
      ...verifications.flatMap(sentencesOf),
      ...(verifications.some(isMendable) ? [MENDING] : []),
      ...found.sentences,
    ],
    isSound: found.isSound && verifications.every(({ isSound }) => isSound),
    verifications,
    indexes: found.indexes,
  };
}

const MENDING =
  'Mend it with: peregrine store repair, and --mirror DIR where there is a snapshot or a copy. What is lost for good is given up with --accept-loss.';

function isMendable({ parts, lost }: StoreVerification): boolean {
  return lost.length > 0 || parts.some(({ problemCount }) => problemCount > 0);
}

const NO_INDEXES: IndexesVerified = { indexes: [], isSound: true, sentences: [] };

function indexesOf(
  parts: StoreTaskParts,
  onEvent: OnStoreEvent,
  signal: AbortSignal | undefined,
): Promise<IndexesVerified> {
  return verifyIndexes(
    parts,
    ({ done_bytes, total_bytes }, what) => void onEvent({ event: 'progress', done_bytes, total_bytes, what }),
    signal,
  );
}

/** The sentence of a shard, then one for each damaged file. */
function sentencesOf({ sentence, parts, problems, lost }: StoreVerification): string[] {
  return [
    sentence,
    ...parts.flatMap((part) =>
      part.problems.map(
        ({ file, what, offset }) => `  ${file}${offset === undefined ? '' : ` at ${offset}`}: ${what}`,
      ),
    ),
    ...problems.map(({ file, what }) => `  ${file}: ${what}`),
    ...lost.map(
      ({ database, firstKey, lastKey }) => `  ${database}: keys from ${firstKey} to ${lastKey} are lost`,
    ),
  ];
}

async function dump(
  { held }: StoreTaskParts,
  { database, start, limit, values }: Extract<StoreTask, { task: 'dump' }>,
  onEvent: OnStoreEvent,
  signal: AbortSignal | undefined,
): Promise<StoreTaskResult> {
  if (!DATABASE_NAMES.includes(database)) {
    throw new PeregrineError('BAD_ARGUMENT', `There is no database "${database}".`);
  }
  const { keyBytes } = DATABASES[database];
  const from = start === undefined ? new Uint8Array(keyBytes) : keyOfHex(start, keyBytes, database);
  const end = new Uint8Array(keyBytes).fill(0xff);
  let records = 0;
  for (const { store } of held) {
    const range = { database, start: from, end, skipLost: true, priority: 'background' } as const;
    for await (const { key, value } of store.scan(signal === undefined ? range : { ...range, signal })) {
      if (records >= limit) break;
      records += 1;
      const reader = new KeyReader(key);
      await onEvent({
        event: 'record',
        database,
        key: Buffer.from(key).toString('hex'),
        slot: reader.slot,
        collection: reader.collection,
        size_bytes: value.length,
        ...(values ? { value: Buffer.from(value).toString('base64') } : {}),
      });
    }
  }
  const lost = held.flatMap(({ store }) =>
    (store.status().lost ?? []).filter((range) => range.database === database),
  );
  return {
    sentences: [
      `${records} ${records === 1 ? 'record' : 'records'} of ${database}.`,
      ...lost.map(({ firstKey, lastKey }) => `  keys from ${firstKey} to ${lastKey} are lost`),
    ],
    isSound: lost.length === 0,
    records,
  };
}

function keyOfHex(text: string, keyBytes: number, database: DatabaseName): Uint8Array {
  if (/^(?:[0-9a-f]{2})*$/i.test(text) && text.length <= keyBytes * 2) {
    const key = new Uint8Array(keyBytes);
    key.set(Buffer.from(text, 'hex'));
    return key;
  }
  throw new PeregrineError(
    'BAD_ARGUMENT',
    `A key of ${database} has at most ${keyBytes} bytes, given in hex.`,
    { key: text },
  );
}

async function merge(
  { held }: StoreTaskParts,
  force: boolean,
  onEvent: OnStoreEvent,
  signal: AbortSignal | undefined,
): Promise<StoreTaskResult> {
  let merges = 0;
  for (const { store } of held) {
    merges += await store.merge({
      force,
      onProgress: ({ database, done_bytes, total_bytes }) =>
        void onEvent({
          event: 'progress',
          done_bytes,
          total_bytes,
          what: `shard ${store.shard}, ${database}`,
        }),
      ...(signal === undefined ? {} : { signal }),
    });
  }
  return { sentences: [`${merges} ${merges === 1 ? 'merge' : 'merges'} done.`], isSound: true, merges };
}

async function repair(
  { held, shards, collections, log, openDisk = openRealDisk }: StoreTaskParts,
  { mirror, acceptLoss }: Extract<StoreTask, { task: 'repair' }>,
  onEvent: OnStoreEvent,
  signal: AbortSignal | undefined,
): Promise<StoreTaskResult> {
  const disk = mirror === undefined ? undefined : await openDisk(mirror);
  for (const { store } of disk === undefined ? [] : held) {
    if ((await disk?.stat(shardDirectory(store.shard))) !== undefined) continue;
    throw new PeregrineError(
      'NOT_FOUND',
      `${mirror} is no copy of this data directory: it has no ${shardDirectory(store.shard)}.`,
      { file: mirror },
    );
  }
  const repairs: RepairReport[] = [];
  const sentences: string[] = [];
  for (const { store } of held) {
    const report = await store.repair({
      sources: disk === undefined ? [] : [mirrorDirectory(disk, shardDirectory(store.shard), mirror)],
      acceptLoss,
      onProgress: ({ done_bytes, total_bytes, shard }) =>
        void onEvent({ event: 'progress', done_bytes, total_bytes, what: `shard ${shard}` }),
      ...(signal === undefined ? {} : { signal }),
    });
    repairs.push(report);
    sentences.push(
      `Shard ${store.shard}: ${report.sentence}`,
      ...report.quarantined.map((file) => `  ${file} was set aside`),
    );
    const { handed, dropped } = await handOverForeign(shards, store, log, signal);
    if (handed + dropped > 0)
      sentences.push(
        `Shard ${store.shard}: of ${handed + dropped} records of other shards ${handed} were handed over, ${dropped} had been replaced there.`,
      );
  }
  const indexes = damagedIndexes(held, collections);
  const isSound = indexes.length === 0 && repairs.every(({ lostRanges }) => lostRanges === 0);
  return { sentences: [...sentences, ...indexes], isSound, repairs };
}

/** What a repair of records can't mend, and what does: an index is made of them anew. */
function damagedIndexes(held: readonly HeldShard[], collections: readonly NamedCollection[]): string[] {
  return collections.flatMap(({ id, name }) => {
    const damaged = held.reduce((sum, { index }) => sum + index.status(id).damaged, 0);
    if (damaged === 0) return [];
    const segments = damaged === 1 ? '1 segment is' : `${damaged} segments are`;
    return [
      `The index of ${name}: ${segments} damaged or gone. Mend it with: peregrine rebuild --repair --collection ${name}`,
    ];
  });
}

async function snapshot(
  { held, dataDirectory, openDisk = openRealDisk, now_ms }: StoreTaskParts,
  { directory, copies }: Extract<StoreTask, { task: 'snapshot' }>,
  onEvent: OnStoreEvent,
  signal: AbortSignal | undefined,
): Promise<StoreTaskResult> {
  // Folders of work are gone before anybody could take them for a copy.
  const isWork = dataDirectory !== undefined && isAside(dataDirectory, directory);
  if (dataDirectory !== undefined && !isWork && isInside(dataDirectory, directory)) {
    throw new PeregrineError(
      'BAD_ARGUMENT',
      `A snapshot can't lie inside its own data directory. Choose a directory outside of ${dataDirectory}.`,
      { directory },
    );
  }
  const disk = await openDisk(directory);
  const taken = await snapshotShards(
    held.map(({ store }) => store),
    { disk, directory: '' },
    now_ms(),
    {
      copies,
      onProgress: ({ done_bytes, total_bytes, shard }) =>
        void onEvent({ event: 'progress', done_bytes, total_bytes, what: `shard ${shard}` }),
      ...(signal === undefined ? {} : { signal }),
    },
  );
  if (dataDirectory !== undefined && !isWork) {
    await noteCopyPlace(dataDirectory, { kind: 'directory', place: resolve(directory) });
  }
  return { sentences: [taken.sentence], isSound: true, snapshot: taken };
}

function isInside(outer: string, inner: string): boolean {
  const way = relative(resolve(outer), resolve(inner));
  return way !== '' && !isAbsolute(way) && way.split(sep)[0] !== '..';
}

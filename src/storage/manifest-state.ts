/** What a manifest says: which immutable files make up a shard, and from where on the log is needed. */

import {
  type Epoch,
  must,
  PeregrineError,
  type Seq,
  type ShardId,
  toEpoch,
  toSeq,
  toShardId,
} from '../base/index.ts';
import { DATABASE_NAMES, type DatabaseName } from './databases.ts';
import type { DerivedFile } from './derived-state.ts';
import { compareKeys } from './key-order.ts';

/** A part as the manifest names it: enough to find the part of a key without opening one. */
export interface PartEntry {
  readonly number: number;
  readonly size_bytes: number;
  readonly records: number;
  readonly tombstones: number;
  readonly firstKey: Uint8Array;
  readonly lastKey: Uint8Array;
}

export interface RunEntry {
  readonly number: number;
  /** Age: of two runs the one with the higher order has the newer versions. A merge's target takes its newest source's. */
  readonly order: number;
  /** Records at or below this key have moved to a merge's target and don't count here any more. */
  readonly consumed: Uint8Array | undefined;
  /** In key order, none overlapping. */
  readonly parts: readonly PartEntry[];
}

/** A merge that was begun and goes on where it stands, also after a restart. */
export interface MergeEntry {
  readonly target: number;
  readonly sources: readonly number[];
}

/**
 * Keys whose entries of one age could not be saved from a damaged part. What runs of a higher order say of them is
 * right; what older ones say may have been overtaken. Merges never join runs from both sides of a loss.
 */
export interface LossEntry {
  /** Order of the run that held them. */
  readonly order: number;
  /** Number of the part that held them. */
  readonly part: number;
  /** How many entries, where that is known. */
  readonly entries: number | undefined;
  readonly firstKey: Uint8Array;
  /** Inclusive. */
  readonly lastKey: Uint8Array;
}

export interface DatabaseFiles {
  /** Newest first. */
  readonly runs: readonly RunEntry[];
  readonly merge: MergeEntry | undefined;
  /** In key order. */
  readonly losses: readonly LossEntry[];
}

export interface ManifestState {
  readonly storeId: bigint;
  readonly shard: ShardId;
  readonly epoch: Epoch;
  readonly checkpointSeq: Seq;
  /** The checkpoint is the end of the log: nothing came after it. */
  readonly isClean: boolean;
  readonly nextFile: number;
  readonly nextRun: number;
  readonly databases: Readonly<Record<DatabaseName, DatabaseFiles>>;
  /** Files of derived states, by their number and path. */
  readonly derived: ReadonlyMap<number, ReadonlyMap<string, DerivedFile>>;
}

/** One change. A list of them is adopted whole or not at all; a state is the list that makes it from nothing. */
export type ManifestEdit =
  | { readonly edit: 'identity'; readonly storeId: bigint; readonly shard: number }
  | { readonly edit: 'epoch'; readonly epoch: number }
  | { readonly edit: 'checkpoint'; readonly seq: number }
  | { readonly edit: 'clean'; readonly isClean: boolean }
  | { readonly edit: 'numbers'; readonly nextFile: number; readonly nextRun: number }
  | { readonly edit: 'addRun'; readonly database: DatabaseName; readonly run: number; readonly order: number }
  | { readonly edit: 'removeRun'; readonly database: DatabaseName; readonly run: number }
  | {
      readonly edit: 'addPart';
      readonly database: DatabaseName;
      readonly run: number;
      readonly part: PartEntry;
    }
  | {
      readonly edit: 'removePart';
      readonly database: DatabaseName;
      readonly run: number;
      readonly part: number;
    }
  | {
      readonly edit: 'consumed';
      readonly database: DatabaseName;
      readonly run: number;
      readonly key: Uint8Array;
    }
  | { readonly edit: 'beginMerge'; readonly database: DatabaseName; readonly merge: MergeEntry }
  | { readonly edit: 'endMerge'; readonly database: DatabaseName }
  | { readonly edit: 'lose'; readonly database: DatabaseName; readonly loss: LossEntry }
  /** The losses of a part are made good, or given up. */
  | { readonly edit: 'regain'; readonly database: DatabaseName; readonly part: number }
  | { readonly edit: 'addDerived'; readonly state: number; readonly file: DerivedFile }
  | { readonly edit: 'removeDerived'; readonly state: number; readonly path: string };

export function emptyState(storeId: bigint, shard: ShardId): ManifestState {
  const databases = Object.fromEntries(
    DATABASE_NAMES.map((name): [DatabaseName, DatabaseFiles] => [
      name,
      { runs: [], merge: undefined, losses: [] },
    ]),
  ) as Record<DatabaseName, DatabaseFiles>;
  return {
    storeId,
    shard,
    epoch: toEpoch(1),
    checkpointSeq: toSeq(0),
    isClean: true,
    nextFile: 1,
    nextRun: 1,
    databases,
    derived: new Map(),
  };
}

/** The edits that make `state` from nothing. */
export function editsOfState(state: ManifestState): ManifestEdit[] {
  const edits: ManifestEdit[] = [
    { edit: 'identity', storeId: state.storeId, shard: state.shard },
    { edit: 'epoch', epoch: state.epoch },
    { edit: 'checkpoint', seq: state.checkpointSeq },
    { edit: 'clean', isClean: state.isClean },
    { edit: 'numbers', nextFile: state.nextFile, nextRun: state.nextRun },
  ];
  for (const database of DATABASE_NAMES) {
    const { runs, merge, losses } = state.databases[database];
    for (const loss of losses) edits.push({ edit: 'lose', database, loss });
    for (const { number: run, order, consumed, parts } of runs) {
      edits.push({ edit: 'addRun', database, run, order });
      for (const part of parts) edits.push({ edit: 'addPart', database, run, part });
      if (consumed !== undefined) edits.push({ edit: 'consumed', database, run, key: consumed });
    }
    if (merge !== undefined) edits.push({ edit: 'beginMerge', database, merge });
  }
  for (const [number, files] of state.derived) {
    for (const file of files.values()) edits.push({ edit: 'addDerived', state: number, file });
  }
  return edits;
}

/** The state after the edits; `state` itself stays as it is. `CORRUPT` where an edit does not fit. */
export function applyEdits(state: ManifestState, edits: readonly ManifestEdit[]): ManifestState {
  const draft = draftOf(state);
  for (const edit of edits) applyEdit(draft, edit);
  return draft;
}

/** A state under change: nobody else has seen it, so that many edits cost one copy. */
type Mutable<T> = { -readonly [Field in keyof T]: T[Field] };
interface DraftRun extends Mutable<RunEntry> {
  parts: PartEntry[];
}
interface DraftFiles {
  runs: DraftRun[];
  merge: MergeEntry | undefined;
  losses: LossEntry[];
}
interface Draft extends Mutable<ManifestState> {
  databases: Record<DatabaseName, DraftFiles>;
  derived: Map<number, Map<string, DerivedFile>>;
}

function draftOf(state: ManifestState): Draft {
  const databases = Object.fromEntries(
    DATABASE_NAMES.map((name): [DatabaseName, DraftFiles] => {
      const { runs, merge, losses } = state.databases[name];
      return [name, { runs: runs.map(draftOfRun), merge, losses: [...losses] }];
    }),
  ) as Record<DatabaseName, DraftFiles>;
  const derived = new Map([...state.derived].map(([number, files]) => [number, new Map(files)]));
  return { ...state, databases, derived };
}

function draftOfRun({ number, order, consumed, parts }: RunEntry): DraftRun {
  return { number, order, consumed, parts: [...parts] };
}

function applyEdit(draft: Draft, edit: ManifestEdit): void {
  switch (edit.edit) {
    case 'identity':
      draft.storeId = edit.storeId;
      draft.shard = toShardId(edit.shard);
      break;
    case 'epoch':
      draft.epoch = toEpoch(edit.epoch);
      break;
    case 'checkpoint':
      draft.checkpointSeq = toSeq(edit.seq);
      break;
    case 'clean':
      draft.isClean = edit.isClean;
      break;
    case 'numbers':
      draft.nextFile = edit.nextFile;
      draft.nextRun = edit.nextRun;
      break;
    case 'addRun': {
      const { runs } = draft.databases[edit.database];
      runs.push({ number: edit.run, order: edit.order, consumed: undefined, parts: [] });
      runs.sort((a, b) => b.order - a.order || b.number - a.number);
      break;
    }
    case 'removeRun': {
      const files = draft.databases[edit.database];
      files.runs = files.runs.filter(({ number }) => number !== edit.run);
      break;
    }
    case 'addPart':
      insertPart(draftRun(draft, edit.database, edit.run).parts, edit.part);
      break;
    case 'removePart': {
      const run = draftRun(draft, edit.database, edit.run);
      run.parts = run.parts.filter(({ number }) => number !== edit.part);
      break;
    }
    case 'consumed':
      draftRun(draft, edit.database, edit.run).consumed = edit.key;
      break;
    case 'beginMerge':
      draft.databases[edit.database].merge = edit.merge;
      break;
    case 'endMerge':
      draft.databases[edit.database].merge = undefined;
      break;
    case 'lose': {
      const { losses } = draft.databases[edit.database];
      losses.push(edit.loss);
      losses.sort((a, b) => compareKeys(a.firstKey, b.firstKey));
      break;
    }
    case 'regain': {
      const files = draft.databases[edit.database];
      files.losses = files.losses.filter(({ part }) => part !== edit.part);
      break;
    }
    case 'addDerived': {
      const files = draft.derived.get(edit.state) ?? new Map<string, DerivedFile>();
      draft.derived.set(edit.state, files.set(edit.file.path, edit.file));
      break;
    }
    case 'removeDerived':
      draft.derived.get(edit.state)?.delete(edit.path);
      break;
  }
}

function draftRun(draft: Draft, database: DatabaseName, number: number): DraftRun {
  const run = draft.databases[database].runs.find((entry) => entry.number === number);
  if (run !== undefined) return run;
  throw new PeregrineError(
    'CORRUPT',
    `The manifest speaks of run ${number} of ${database}, which it does not have.`,
    {
      database,
      run: number,
    },
  );
}

/** Parts come in key order nearly always. */
function insertPart(parts: PartEntry[], part: PartEntry): void {
  const last = parts.at(-1);
  parts.push(part);
  if (last !== undefined && compareKeys(last.firstKey, part.firstKey) > 0) {
    parts.sort((a, b) => compareKeys(a.firstKey, b.firstKey));
  }
}

/** The run with this number. */
export function runOf(files: DatabaseFiles, number: number): RunEntry {
  return must(
    files.runs.find((entry) => entry.number === number),
    `run ${number}`,
  );
}

/** Bytes of all parts of a run. */
export function runBytes(run: RunEntry): number {
  return run.parts.reduce((sum, { size_bytes }) => sum + size_bytes, 0);
}

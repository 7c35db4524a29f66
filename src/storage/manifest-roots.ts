/** The two roots of a manifest as they stand on disk, and which of them holds. Reads only. Layout: docs/formats/manifest.md. */

import { compareBytes, isPeregrineError, PeregrineError, type ShardId } from '../base/index.ts';
import type { Disk, DiskFile } from '../disk/index.ts';
import { checkRecord, decodeRecord } from './manifest-codec.ts';
import { applyEdits, emptyState, type ManifestState } from './manifest-state.ts';

export const MANIFEST_NAMES: readonly [string, string] = ['manifest-a', 'manifest-b'];

/** Readings of one root beyond the first. */
const MAX_READINGS = 5;

export interface ManifestRoot {
  readonly path: string;
  readonly generation: number;
  readonly state: ManifestState;
  readonly isSuperseded: boolean;
  /** Whole ones that belong to it. */
  readonly records: number;
  /** Behind its last whole record. Only one can be torn: a whole one further on means that durable edits are lost. */
  readonly end: number;
}

/** The root that holds, and the path of the other one; undefined where neither can be read. `CORRUPT`. */
export async function readManifest(
  disk: Disk,
  directory: string,
): Promise<{ readonly root: ManifestRoot; readonly otherPath: string } | undefined> {
  const [pathA, pathB] = MANIFEST_NAMES.map((name) => `${directory}/${name}`) as [string, string];
  const bytesA = await readSettled(disk, pathA);
  const bytesB = await readSettled(disk, pathB);
  const roots = [readRoot(pathA, bytesA), readRoot(pathB, bytesB)].filter((root) => root !== undefined);
  const root = roots.sort((a, b) => b.generation - a.generation)[0];
  if (root === undefined) return undefined;
  // Only the root that holds: the other one may be half written over, with records of its former life behind.
  refuseRecords(
    root.path,
    root.path === pathA ? bytesA : bytesB,
    root.end,
    (found) => found === root.generation,
  );
  const otherPath = root.path === pathA ? pathB : pathA;
  refuseLaterRecords(otherPath, root.path === pathA ? bytesB : bytesA, root.generation);
  if (root.isSuperseded) throw damaged(otherPath, 0, 'the newer root is not readable');
  return { root, otherPath };
}

/** Every root of which something can be read, the newest first, damaged or not: for whoever makes a manifest again. */
export async function readableRoots(disk: Disk, directory: string): Promise<ManifestRoot[]> {
  const roots: ManifestRoot[] = [];
  for (const name of MANIFEST_NAMES) {
    const path = `${directory}/${name}`;
    const root = readRoot(path, await readSettled(disk, path));
    if (root !== undefined) roots.push(root);
  }
  return roots.sort((a, b) => b.generation - a.generation);
}

/** What the manifest of a shard's directory says. `NOT_FOUND` where there is none, `CORRUPT`. */
export async function readManifestState(disk: Disk, directory: string): Promise<ManifestState> {
  const found = await readManifest(disk, directory);
  if (found !== undefined) return found.root.state;
  throw new PeregrineError('NOT_FOUND', `There is no manifest in ${directory}.`, { file: directory });
}

/** Read until two readings agree: a record that was read wrong once would pass for a torn one, and its files for waste. */
async function readSettled(disk: Disk, path: string): Promise<Uint8Array> {
  let before = await readWhole(disk, path);
  for (let tries = 0; tries < MAX_READINGS; tries++) {
    const bytes = await readWhole(disk, path);
    if (compareBytes(before, bytes) === 0) return bytes;
    before = bytes;
  }
  throw new PeregrineError('IO', `${path} reads otherwise every time.`, { file: path, offset: 0 });
}

async function readWhole(disk: Disk, path: string): Promise<Uint8Array> {
  let file: DiskFile;
  try {
    file = await disk.open(path, 'read');
  } catch (error) {
    if (isPeregrineError(error, 'NOT_FOUND')) return new Uint8Array(0);
    throw error;
  }
  try {
    const bytes = new Uint8Array(await file.size());
    const count = await file.read(bytes, 0);
    return bytes.subarray(0, count);
  } finally {
    await file.close();
  }
}

/** The state that a root's records make; undefined where it does not begin with a snapshot. */
function readRoot(path: string, bytes: Uint8Array): ManifestRoot | undefined {
  const first = decodeRecord(bytes, 0);
  if (first?.record.kind !== 'snapshot') return undefined;
  const { generation } = first.record;
  let state = applyEdits(emptyState(0n, 0 as ShardId), first.record.edits);
  let isSuperseded = false;
  let end = first.end;
  let records = 1;
  for (; ; records++) {
    const next = decodeRecord(bytes, end);
    if (next === undefined || next.record.generation !== generation || next.record.number !== records) break;
    isSuperseded = next.record.kind === 'superseded';
    state = applyEdits(state, next.record.edits);
    end = next.end;
  }
  return { path, generation, state, isSuperseded, records, end };
}

/** A root whose snapshot is broken is a torn beginning, unless edits were appended to it: then it was durable once. */
function refuseLaterRecords(path: string, bytes: Uint8Array, generation: number): void {
  refuseRecords(path, bytes, 0, (found) => found > generation);
}

function refuseRecords(
  path: string,
  bytes: Uint8Array,
  from: number,
  isMeant: (generation: number) => boolean,
): void {
  for (let offset = from; offset < bytes.length; offset++) {
    const found = checkRecord(bytes, offset);
    if (found === undefined) continue;
    if (isMeant(found.generation)) throw damaged(path, from, 'records behind the damage are whole');
    offset = found.end - 1;
  }
}

/** A directory with data and no manifest is a damaged one, never a new one. */
export async function refuseLostManifest(disk: Disk, directory: string): Promise<void> {
  for (const inside of ['log', 'parts']) {
    if ((await disk.list(`${directory}/${inside}`)).length > 0) {
      throw damaged(`${directory}/${MANIFEST_NAMES[0]}`, 0, 'no root is readable, but there is data');
    }
  }
}

function damaged(file: string, offset: number, why: string): PeregrineError {
  return new PeregrineError(
    'CORRUPT',
    `The manifest is damaged: ${why}. "peregrine store repair" makes it again from the files themselves.`,
    { file, offset },
  );
}

/**
 * Snapshots in an object store. Files are cut into pieces that are named by their hashes, so that what two snapshots have
 * in common (most of it: parts never change) is stored once. The manifest is written last: a snapshot is whole or not there.
 */

import { open, readdir, rm, stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';

import { PeregrineError } from '../../base/index.ts';
import { makeDirectoryTree } from '../../disk/index.ts';
import type { ObjectStore } from './object-store.ts';
import {
  decodeSnapshot,
  encodeSnapshot,
  hashOf,
  MANIFESTS,
  OBJECTS,
  REPOSITORY_VERSION,
  type SnapshotFile,
  type SnapshotManifest,
} from './snapshot-manifest.ts';

const PIECE_BYTES = 8_388_608;

export type OnPiece = (done_bytes: number, total_bytes: number) => void;

export interface WrittenSnapshot {
  readonly manifest: SnapshotManifest;
  /** Bytes that were not in the store yet. */
  readonly stored_bytes: number;
}

/** Writes a folder as a snapshot. */
export async function writeSnapshot(
  store: ObjectStore,
  folder: string,
  about: Pick<SnapshotManifest, 'kind' | 'collection' | 'createdAt_ms' | 'documents'>,
  onPiece: OnPiece = () => undefined,
): Promise<WrittenSnapshot> {
  const paths = await filesBelow(folder);
  const sizes = await Promise.all(paths.map(async (path) => (await stat(join(folder, path))).size));
  const size_bytes = sizes.reduce((sum, size) => sum + size, 0);
  const files: SnapshotFile[] = [];
  let done_bytes = 0;
  let stored_bytes = 0;
  for (const path of paths) {
    const pieces: string[] = [];
    let file_bytes = 0;
    for await (const bytes of piecesOf(join(folder, path))) {
      const hash = hashOf(bytes);
      if (!(await store.has(OBJECTS + hash))) {
        await store.put(OBJECTS + hash, bytes);
        stored_bytes += bytes.length;
      }
      pieces.push(hash);
      file_bytes += bytes.length;
      done_bytes += bytes.length;
      onPiece(done_bytes, size_bytes);
    }
    files.push({ path, size_bytes: file_bytes, pieces });
  }
  const id = `${new Date(about.createdAt_ms).toISOString().replace(/[:.]/g, '-')}-${about.kind === 'all' ? 'all' : about.collection}`;
  const manifest = { version: REPOSITORY_VERSION, id, ...about, size_bytes, files };
  await store.put(`${MANIFESTS}${id}`, encodeSnapshot(manifest));
  return { manifest, stored_bytes };
}

/** Oldest first. */
export async function listSnapshots(store: ObjectStore): Promise<SnapshotManifest[]> {
  const found: SnapshotManifest[] = [];
  for (const key of await store.list(MANIFESTS)) {
    const bytes = await store.get(key);
    if (bytes !== undefined) found.push(decodeSnapshot(bytes, key));
  }
  return found.sort((a, b) => a.createdAt_ms - b.createdAt_ms);
}

/** The one of that id, else the latest. `NOT_FOUND`. */
export async function findSnapshot(store: ObjectStore, id?: string): Promise<SnapshotManifest> {
  const all = await listSnapshots(store);
  const found = id === undefined ? all.at(-1) : all.find((each) => each.id === id);
  if (found !== undefined) return found;
  throw new PeregrineError('NOT_FOUND', `There is no snapshot ${id ?? ''} in ${store.name}.`);
}

/** Writes a snapshot's files below `folder`; each piece is checked. `CORRUPT` names what is missing or damaged. */
export async function fetchSnapshot(
  store: ObjectStore,
  manifest: SnapshotManifest,
  folder: string,
  onPiece: OnPiece = () => undefined,
): Promise<void> {
  let done_bytes = 0;
  for (const { path, pieces } of manifest.files) {
    const target = join(folder, path);
    await makeDirectoryTree(dirname(target));
    const handle = await open(target, 'wx');
    try {
      for (const hash of pieces) {
        const bytes = await store.get(OBJECTS + hash);
        if (bytes === undefined || hashOf(bytes) !== hash) {
          const what = bytes === undefined ? 'missing' : 'damaged';
          throw new PeregrineError('CORRUPT', `The piece ${hash} of ${path} is ${what} in ${store.name}.`, {
            file: path,
            piece: hash,
          });
        }
        await handle.writeFile(bytes);
        done_bytes += bytes.length;
        onPiece(done_bytes, manifest.size_bytes);
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
  // A log that is empty is a folder without files.
  for (const { path } of manifest.files) {
    const [shard = ''] = path.split('/');
    if (shard.startsWith('shard-')) await makeDirectoryTree(join(folder, shard, 'log'));
  }
}

/** Keeps the latest `keep` of a kind and collection; objects that no snapshot names any more go. Returns what went. */
export async function pruneSnapshots(
  store: ObjectStore,
  { kind, collection }: Pick<SnapshotManifest, 'kind' | 'collection'>,
  keep: number,
): Promise<{ readonly snapshots: number; readonly objects: number }> {
  const all = await listSnapshots(store);
  const like = all.filter((each) => each.kind === kind && each.collection === collection);
  const gone = like.slice(0, Math.max(0, like.length - keep));
  if (gone.length === 0) return { snapshots: 0, objects: 0 };
  for (const { id } of gone) await store.remove(`${MANIFESTS}${id}`);
  const left = all.filter((each) => !gone.includes(each));
  const named = new Set(left.flatMap(({ files }) => files.flatMap(({ pieces }) => pieces)));
  const orphans = new Set(
    gone.flatMap(({ files }) => files.flatMap(({ pieces }) => pieces)).filter((hash) => !named.has(hash)),
  );
  for (const hash of orphans) await store.remove(OBJECTS + hash);
  return { snapshots: gone.length, objects: orphans.size };
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
}

async function* piecesOf(path: string): AsyncGenerator<Uint8Array> {
  const handle = await open(path, 'r');
  try {
    for (let at = 0; ;) {
      const bytes = Buffer.alloc(PIECE_BYTES);
      const { bytesRead } = await handle.read(bytes, 0, PIECE_BYTES, at);
      if (bytesRead === 0) return;
      at += bytesRead;
      yield bytes.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

/** Removes a folder and all that is in it. */
export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

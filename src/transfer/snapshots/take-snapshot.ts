/** Taking a snapshot of a running engine, verifying it by opening it, and bringing a collection back. */

import { join } from 'node:path';

import { PeregrineError } from '../../base/index.ts';
import {
  type CollectionName,
  type Engine,
  MIN_MEMORY_BYTES,
  noteCopyPlace,
  openEngine,
  withFolderAside,
} from '../../collection/index.ts';
import { BundleFolder } from '../bundles/bundle-folder.ts';
import { importBundle, makeBundle } from '../bundles/bundle-documents.ts';
import { directorySigningKey } from '../bundles/directory-signing-key.ts';
import type { FeedReport } from '../feed-import.ts';
import type { ObjectStore } from './object-store.ts';
import type { SnapshotManifest } from './snapshot-manifest.ts';
import {
  fetchSnapshot,
  findSnapshot,
  pruneSnapshots,
  removeFolder,
  type WrittenSnapshot,
  writeSnapshot,
} from './snapshot-repository.ts';

export interface SnapshotRequest {
  /** One collection; default: the whole data directory. */
  readonly collection?: CollectionName;
  /** Snapshots of the same kind to keep; default: all. */
  readonly keep?: number;
  /** Fetch it back and open it. Default true. */
  readonly isVerified?: boolean;
  readonly now_ms: number;
}

export interface TakenSnapshot {
  readonly id: string;
  readonly place: string;
  readonly documents: number;
  readonly size_bytes: number;
  /** What the store did not hold yet. */
  readonly stored_bytes: number;
  readonly isVerified: boolean;
  /** Older ones that went. */
  readonly pruned: number;
  readonly sentence: string;
}

/** `CORRUPT` where what was written does not open as what was there. */
export async function takeSnapshot(
  engine: Engine,
  store: ObjectStore,
  request: SnapshotRequest,
): Promise<TakenSnapshot> {
  const { keep, isVerified = true } = request;
  const { dataDirectory } = await engine.status();
  await noteCopyPlace(dataDirectory, { kind: 'repository', place: store.name });
  const written = await withFolderAside(dataDirectory, async (folder) =>
    writeAll(engine, store, folder, request),
  );
  const { manifest, stored_bytes } = written;
  if (isVerified)
    await withFolderAside(dataDirectory, async (folder) => verifySnapshot(store, manifest, folder));
  // Only now: an older one goes when a newer one is known to be good.
  const pruned = keep === undefined ? 0 : (await pruneSnapshots(store, manifest, keep)).snapshots;
  const { id, documents, size_bytes } = manifest;
  return {
    id,
    place: store.name,
    documents,
    size_bytes,
    stored_bytes,
    isVerified,
    pruned,
    sentence: `Snapshot ${id} in ${store.name}: ${documents} documents, ${size_bytes} bytes, ${stored_bytes} of them new${isVerified ? '; opened and found whole' : ''}${pruned > 0 ? `; ${pruned} older ones removed` : ''}.`,
  };
}

async function writeAll(
  engine: Engine,
  store: ObjectStore,
  folder: string,
  { collection, now_ms }: SnapshotRequest,
): Promise<WrittenSnapshot> {
  const path = join(folder, 'files');
  if (collection === undefined) {
    await engine.store({ task: 'snapshot', directory: path, copies: false });
    // Writers went on meanwhile: what is in it, it tells itself.
    const documents = await documentsIn(path, folder);
    return writeSnapshot(store, path, { kind: 'all', collection: '', createdAt_ms: now_ms, documents });
  }
  const { dataDirectory } = await engine.status();
  const key = await directorySigningKey(dataDirectory);
  const bundle = { name: collection, createdAt_ms: now_ms };
  const { documents } = await makeBundle(engine, collection, new BundleFolder(path), key, bundle);
  return writeSnapshot(store, path, { kind: 'collection', collection, createdAt_ms: now_ms, documents });
}

/** Fetches a snapshot, opens it and counts. `CORRUPT`. */
export async function verifySnapshot(
  store: ObjectStore,
  manifest: SnapshotManifest,
  folder: string,
): Promise<void> {
  const path = join(folder, 'files');
  await fetchSnapshot(store, manifest, path);
  let found: number;
  if (manifest.kind === 'all') found = await documentsIn(path, folder);
  else found = await bundleDocuments(path, folder, manifest);
  if (found === manifest.documents) return;
  throw new PeregrineError(
    'CORRUPT',
    `The snapshot ${manifest.id} opens with ${found} documents, not ${manifest.documents}.`,
    { snapshot: manifest.id },
  );
}

/** Opened as a copy, as opening a data directory begins to write to it. */
async function documentsIn(path: string, folder: string): Promise<number> {
  const copy = join(folder, 'opened');
  const { restoreDirectory } = await import('./restore-directory.ts');
  await restoreDirectory(path, copy);
  try {
    return await withCopyOpen(copy, async (engine) => (await engine.status()).documents);
  } finally {
    await removeFolder(copy);
  }
}

/** Opened to be looked at: with little memory, and no crawl of it goes on. */
export async function withCopyOpen<T>(copy: string, look: (engine: Engine) => Promise<T>): Promise<T> {
  const engine = await openEngine({
    dataDirectory: copy,
    memory_bytes: MIN_MEMORY_BYTES,
    resumeCrawls: false,
  });
  try {
    return await look(engine);
  } finally {
    await engine.close();
  }
}

async function bundleDocuments(
  path: string,
  folder: string,
  { collection }: SnapshotManifest,
): Promise<number> {
  return withCopyOpen(join(folder, 'opened'), async (engine) => {
    await engine.createCollection(collection);
    const { read } = await importBundle(engine, collection, new BundleFolder(path), { isDryRun: true });
    return read;
  });
}

/** Brings the documents of a collection's snapshot into `collection`; what is there and newer stays. */
export async function restoreCollection(
  engine: Engine,
  collection: CollectionName,
  store: ObjectStore,
  id?: string,
): Promise<FeedReport> {
  const manifest = await findSnapshot(store, id);
  if (manifest.kind !== 'collection') {
    throw new PeregrineError(
      'BAD_ARGUMENT',
      `The snapshot ${manifest.id} is of a whole data directory: restore it into a directory of its own.`,
    );
  }
  const { dataDirectory } = await engine.status();
  return withFolderAside(dataDirectory, async (folder) => {
    await fetchSnapshot(store, manifest, join(folder, 'files'));
    return importBundle(engine, collection, new BundleFolder(join(folder, 'files')));
  });
}

/** What says which objects make up a snapshot: docs/formats/snapshot-repository.md. */

import { createHash } from 'node:crypto';

import { PeregrineError } from '../../base/index.ts';

export const REPOSITORY_VERSION = 1;
export const MANIFESTS = 'snapshots/';
export const OBJECTS = 'objects/';

export interface SnapshotFile {
  /** Below the snapshot's folder, parted by `/`. */
  readonly path: string;
  readonly size_bytes: number;
  /** SHA-256 of each piece, in order: the name of its object. */
  readonly pieces: readonly string[];
}

export interface SnapshotManifest {
  readonly version: number;
  /** Sorts by time. */
  readonly id: string;
  /** `all`: a whole data directory. `collection`: the documents of one, as a bundle. */
  readonly kind: 'all' | 'collection';
  readonly collection: string;
  readonly createdAt_ms: number;
  readonly documents: number;
  readonly size_bytes: number;
  readonly files: readonly SnapshotFile[];
}

const SAFE_PATH = /^[a-z0-9][a-z0-9._-]*(?:\/[a-z0-9][a-z0-9._-]*)*$/i;
const HASH = /^[\da-f]{64}$/;

export function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** JSON and its hash, a line each. */
export function encodeSnapshot(manifest: SnapshotManifest): Uint8Array {
  const text = JSON.stringify(manifest);
  return Buffer.from(`${text}\n${hashOf(Buffer.from(text))}\n`);
}

/** `CORRUPT`, `UNSUPPORTED_VERSION`. */
export function decodeSnapshot(bytes: Uint8Array, key: string): SnapshotManifest {
  const [text = '', hash = ''] = Buffer.from(bytes).toString('utf8').split('\n');
  if (hashOf(Buffer.from(text)) !== hash) {
    throw new PeregrineError('CORRUPT', `The snapshot's manifest ${key} is damaged.`, { file: key });
  }
  const manifest = JSON.parse(text) as SnapshotManifest;
  if (manifest.version !== REPOSITORY_VERSION) {
    throw new PeregrineError(
      'UNSUPPORTED_VERSION',
      `The snapshot ${key} is of version ${manifest.version}; this program knows ${REPOSITORY_VERSION}.`,
      { version: manifest.version },
    );
  }
  // Whoever may write the store may write manifests: no path of theirs leaves the folder that we write to.
  for (const { path, pieces } of manifest.files) {
    if (SAFE_PATH.test(path) && !path.includes('..') && pieces.every((piece) => HASH.test(piece))) continue;
    throw new PeregrineError('CORRUPT', `The snapshot ${key} names a file "${path}".`, { file: key });
  }
  return manifest;
}

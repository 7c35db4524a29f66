/** Documents into a bundle and out of it. The same documents give the same chunks, whoever makes them. */

import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { KeyObject } from 'node:crypto';

import { messageOf, PeregrineError } from '../../base/index.ts';
import type { CollectionName, Engine } from '../../collection/index.ts';
import { BROUGHT_FROM } from '../../query/index.ts';
import { exportDocuments } from '../export-documents.ts';
import { importFeed, type FeedOptions, type FeedReport } from '../feed-import.ts';
import { importMeta } from '../feeds/archive-feed.ts';
import type { Feed, FeedItem } from '../feeds/feed.ts';
import { type Fields, sourceOfFields } from '../feeds/text-fields.ts';
import type { BundleFolder } from './bundle-folder.ts';
import {
  type BundleChunk,
  type BundleManifest,
  chunkHash,
  openManifest,
  signManifest,
} from './bundle-manifest.ts';

const CHUNK_BYTES = 1_048_576;
const MAX_UNPACKED_BYTES = 268_435_456;

export interface BundleRequest {
  readonly name: string;
  readonly query?: string;
  readonly createdAt_ms: number;
  /** Bytes of documents in a chunk before they are packed, default 1 MiB; a larger document is a chunk of its own. */
  readonly chunk_bytes?: number;
  readonly onProgress?: (documents: number) => void;
}

/** Writes a collection, or what a query finds, as a bundle. */
export async function makeBundle(
  engine: Engine,
  collection: CollectionName,
  folder: BundleFolder,
  key: KeyObject,
  request: BundleRequest,
): Promise<BundleManifest> {
  await folder.make();
  const chunks: BundleChunk[] = [];
  let lines: Uint8Array[] = [];
  let size_bytes = 0;
  const flush = async (): Promise<void> => {
    if (lines.length === 0) return;
    const params = { [constants.ZSTD_c_compressionLevel]: 6 };
    const bytes = zstdCompressSync(Buffer.concat(lines), { params });
    const chunk = { hash: chunkHash(bytes), size_bytes: bytes.length, documents: lines.length };
    await folder.writeChunk(chunk, bytes);
    chunks.push(chunk);
    lines = [];
    size_bytes = 0;
  };
  const { query, onProgress, name, createdAt_ms, chunk_bytes = CHUNK_BYTES } = request;
  for await (const line of exportDocuments(engine, collection, {
    format: 'ndjson',
    ...(query === undefined ? {} : { query }),
    ...(onProgress === undefined ? {} : { onProgress }),
  })) {
    if (size_bytes > 0 && size_bytes + line.length > chunk_bytes) await flush();
    lines.push(line);
    size_bytes += line.length;
  }
  await flush();
  const documents = chunks.reduce((sum, chunk) => sum + chunk.documents, 0);
  const signed = signManifest({ name, createdAt_ms, documents, chunks }, key);
  await folder.writeManifest(signed);
  return openManifest(signed);
}

export interface BundleImportOptions extends FeedOptions {
  readonly trusted?: readonly string[];
}

/** Takes a whole bundle in. Every chunk is checked before a document of it is stored; `CORRUPT` names the chunk. */
export async function importBundle(
  engine: Engine,
  collection: CollectionName,
  folder: BundleFolder,
  { trusted, ...options }: BundleImportOptions = {},
): Promise<FeedReport> {
  const manifest = openManifest(await folder.manifest(), trusted);
  return importFeed(engine, collection, bundleFeed(folder, manifest), options);
}

/** The documents of a bundle, chunk by chunk. */
export async function* bundleFeed(
  folder: BundleFolder,
  manifest: BundleManifest,
): Feed & AsyncGenerator<FeedItem> {
  const from = `${manifest.name} (${manifest.publicKey.slice(0, 16)})`;
  for (const chunk of manifest.chunks) {
    const lines = unpacked(chunk, await folder.chunk(chunk)).split('\n');
    for (const [at, line] of lines.entries()) {
      if (line === '') continue;
      const place = { file: chunk.hash, at: at + 1 };
      try {
        const fields = JSON.parse(line) as Fields;
        const context = {
          now_ms: manifest.createdAt_ms,
          base: 'urn:bundle:',
          fallbackId: `${chunk.hash}/${at}`,
        };
        const source = sourceOfFields(fields, context);
        const meta = {
          ...importMeta(`bundle:${manifest.name}`, source.url, source.bytes, source.url),
          ...source.meta,
        };
        yield { kind: 'document', place, source: { ...source, meta: { ...meta, [BROUGHT_FROM]: from } } };
      } catch (error) {
        yield { kind: 'refused', place, why: messageOf(error) };
      }
    }
  }
}

function unpacked({ hash }: BundleChunk, bytes: Uint8Array): string {
  try {
    return zstdDecompressSync(bytes, { maxOutputLength: MAX_UNPACKED_BYTES }).toString('utf8');
  } catch (error) {
    throw new PeregrineError(
      'CORRUPT',
      `Chunk ${hash} of the bundle can't be unpacked.`,
      { chunk: hash },
      error,
    );
  }
}

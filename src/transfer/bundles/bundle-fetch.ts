/** Fetches a bundle from wherever it is. What has come is kept, so a connection that breaks costs one chunk. */

import { type Clock, isPeregrineError, PeregrineError, systemClock } from '../../base/index.ts';
import type { BundleFolder } from './bundle-folder.ts';
import {
  type BundleChunk,
  type BundleManifest,
  openManifest,
  type SignedManifest,
} from './bundle-manifest.ts';

/** Another installation's bundle, over one connection. Undefined: there is no such thing at the other end. */
export interface BundleSource {
  manifest(): Promise<SignedManifest | undefined>;
  chunk(chunk: BundleChunk): Promise<Uint8Array | undefined>;
  /** Lets go of the connection. */
  close(): void;
}

export interface FetchOptions {
  /** Connects anew after a connection broke. */
  readonly connect: () => Promise<BundleSource>;
  /** Makers whose bundles are taken; default: any, as the signature names its maker. */
  readonly trusted?: readonly string[];
  /** Broken connections in a row without a chunk in between after which it gives up; default 10. */
  readonly patience?: number;
  /** Waits after the first of them, the second, and so on, ms; the last is that of all further ones. */
  readonly waits_ms?: readonly number[];
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
  readonly onProgress?: (chunks: number, of: number) => void;
}

const WAITS_MS: readonly number[] = [0, 200, 1_000, 5_000];
/** Would come again. */
const LASTING = [
  'BAD_ARGUMENT',
  'CORRUPT',
  'FORBIDDEN',
  'UNAUTHORISED',
  'UNSUPPORTED_VERSION',
  'NOT_FOUND',
  'CANCELLED',
] as const;

/** Fetches what of a bundle is not in `folder` yet. `CORRUPT` names the chunk whose bytes are not the signed ones. */
export async function fetchBundle(folder: BundleFolder, options: FetchOptions): Promise<BundleManifest> {
  const { patience = 10, waits_ms = WAITS_MS, clock = systemClock, signal } = options;
  await folder.make();
  let failures = 0;
  let done = -1;
  for (;;) {
    let reached = done;
    try {
      return await fetchOver(folder, options, (count) => (reached = count));
    } catch (error) {
      if (LASTING.some((code) => isPeregrineError(error, code))) throw error;
      failures = reached > done ? 0 : failures + 1;
      done = Math.max(done, reached);
      if (failures >= patience) throw error;
      if (failures > 0) await clock.sleep(waits_ms[Math.min(failures, waits_ms.length) - 1] ?? 0, signal);
    }
  }
}

async function fetchOver(
  folder: BundleFolder,
  { connect, trusted, signal, onProgress }: FetchOptions,
  reach: (count: number) => void,
): Promise<BundleManifest> {
  const source = await connect();
  try {
    const signed = await source.manifest();
    if (signed === undefined) throw new PeregrineError('NOT_FOUND', 'There is no bundle at the other end.');
    const manifest = openManifest(signed, trusted);
    let count = 0;
    for (const chunk of manifest.chunks) {
      if (signal?.aborted === true)
        throw new PeregrineError('CANCELLED', 'The bundle is not fetched further.');
      if (!(await folder.hasChunk(chunk))) {
        const bytes = await source.chunk(chunk);
        if (bytes === undefined) {
          throw new PeregrineError('CORRUPT', `Chunk ${chunk.hash} is missing at the other end.`, {
            chunk: chunk.hash,
          });
        }
        await folder.writeChunk(chunk, bytes);
      }
      count += 1;
      reach(count);
      onProgress?.(count, manifest.chunks.length);
    }
    // Last, so that a folder with a manifest is a whole bundle.
    await folder.writeManifest(signed);
    return manifest;
  } finally {
    source.close();
  }
}

/** A bundle that another installation serves: `GET /bundles/manifest` and `GET /bundles/chunk` of its API. */

import { messageOf, PeregrineError } from '../../base/index.ts';
import type { BundleSource } from './bundle-fetch.ts';
import { MAX_CHUNK_BYTES, MAX_MANIFEST_BYTES } from './bundle-manifest.ts';

export interface BundleAddress {
  /** `https://search.example.org/` */
  readonly server: string;
  /** The bundle's folder on that server. */
  readonly folder: string;
  /** An admin key of that server. */
  readonly key: string;
}

/** Until an answer is whole. */
const ANSWER_WITHIN_MS = 300_000;

/** `BAD_ARGUMENT` for an address that is none. */
export function httpSource({ server, folder, key }: BundleAddress, signal?: AbortSignal): BundleSource {
  const base = URL.canParse(server) ? new URL(server) : undefined;
  if (base === undefined || !/^https?:$/.test(base.protocol)) {
    throw new PeregrineError('BAD_ARGUMENT', `"${server.slice(0, 200)}" is no address of a server.`);
  }
  const ask = async (what: string, longest: number): Promise<Uint8Array | undefined> => {
    const url = new URL(what, base);
    url.searchParams.set('folder', folder);
    const limit = AbortSignal.timeout(ANSWER_WITHIN_MS);
    const answer = await fetch(url, {
      headers: { authorization: `Bearer ${key}` },
      // A redirect would carry the key elsewhere.
      redirect: 'error',
      signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
    }).catch((error: unknown) => {
      if (signal?.aborted === true) throw new PeregrineError('CANCELLED', 'It was stopped.', {}, error);
      throw new PeregrineError('IO', `${base.origin} does not answer: ${messageOf(error)}.`, {}, error);
    });
    if (answer.ok) return bodyOf(answer, longest);
    await answer.body?.cancel();
    if (answer.status === 404) return undefined;
    if (answer.status === 401 || answer.status === 403)
      throw new PeregrineError('UNAUTHORISED', `${base.origin} does not take that key.`);
    throw new PeregrineError('IO', `${base.origin} answered with ${answer.status}.`, {
      status: answer.status,
    });
  };
  return {
    manifest: async () => ask('bundles/manifest', MAX_MANIFEST_BYTES),
    chunk: async ({ hash }) => ask(`bundles/chunk?hash=${hash}`, MAX_CHUNK_BYTES),
    close: () => undefined,
  };
}

async function bodyOf(answer: Response, longest: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size_bytes = 0;
  try {
    for await (const piece of answer.body ?? []) {
      size_bytes += piece.length;
      if (size_bytes > longest)
        throw new PeregrineError('CORRUPT', `An answer of more than ${longest} bytes.`);
      pieces.push(piece);
    }
  } catch (error) {
    if (error instanceof PeregrineError) throw error;
    throw new PeregrineError('IO', `The connection broke off: ${messageOf(error)}.`, {}, error);
  }
  return Buffer.concat(pieces);
}

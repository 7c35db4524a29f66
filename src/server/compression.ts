/**
 * Answers made small for the way: our own files once and for all (Brotli), pages and JSON as they are made (gzip). Only
 * what strangers get is compressed: where a secret token stands beside words of the asker, its length would tell of it.
 */

import { brotliCompressSync, constants, gzip, gzipSync } from 'node:zlib';
import { promisify } from 'node:util';

import type { FastifyInstance, FastifyRequest } from 'fastify';

/** Shorter answers fit into a packet as they are. */
const LEAST_BYTES = 1_400;
/** Longer ones would hold a processor for too long. */
const MOST_BYTES = 4_194_304;
/**
 * Characters of an answer that is compressed at once, which takes less than a millisecond: the way to another thread and
 * back ends behind whatever a crawl has to do by then.
 */
const AT_ONCE_CHARACTERS = 65_536;
/** Half of the time of the default for a twentieth more bytes. */
const GZIP_LEVEL = 4;
const COMPRESSIBLE = /^(?:text\/|application\/(?:[\w.-]+\+)?(?:json|xml)|image\/svg)/;

const gzipped = promisify(gzip);

export function compressAnswers(server: FastifyInstance): void {
  server.addHook('onSend', async (request, reply, payload: unknown) => {
    if (typeof payload !== 'string' || reply.hasHeader('content-encoding')) return payload;
    if (!COMPRESSIBLE.test(String(reply.getHeader('content-type')))) return payload;
    reply.header('vary', withName(reply.getHeader('vary'), 'Accept-Encoding'));
    if (request.isAdmin || payload.length < LEAST_BYTES || payload.length > MOST_BYTES) return payload;
    if (!accepts(request, 'gzip')) return payload;
    reply.header('content-encoding', 'gzip').removeHeader('content-length');
    const how = { level: GZIP_LEVEL };
    return payload.length <= AT_ONCE_CHARACTERS ? gzipSync(payload, how) : gzipped(payload, how);
  });
}

/** The smallest form of a file that is served many times. */
export function compressedOnce(bytes: Buffer): Buffer {
  return brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
}

/** What a client says of encodings, without weights: who names one can read it, unless with `q=0`. */
export function accepts({ headers }: FastifyRequest, encoding: 'gzip' | 'br'): boolean {
  const named = [headers['accept-encoding'] ?? '']
    .flat()
    .join(',')
    .split(',')
    .map((part) => part.trim().toLowerCase());
  return named.some(
    (part) => part === encoding || (part.startsWith(`${encoding};`) && !/q=0(?:\.0*)?$/.test(part)),
  );
}

function withName(before: unknown, name: string): string {
  return typeof before === 'string' && before !== '' ? `${before}, ${name}` : name;
}

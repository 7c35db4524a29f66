/** CORS: pages of listed origins may ask what a key, or everybody, may ask. Cookies of ours never go along. */

import type { FastifyInstance, FastifyReply } from 'fastify';

const PREFLIGHT_S = 600;
const METHODS = 'GET, POST, DELETE';
const HEADERS = 'authorization, content-type, idempotency-key, x-algolia-api-key, x-algolia-application-id';

/** `origins`: whole origins such as `https://www.example.org`, or `*` for any. */
export function allowOrigins(server: FastifyInstance, origins: readonly string[]): void {
  if (origins.length === 0) return;
  server.addHook('onRequest', async (request, reply): Promise<FastifyReply | undefined> => {
    const { origin } = request.headers;
    if (origin === undefined) return undefined;
    reply.header('vary', 'Origin');
    if (!origins.includes(origin) && !origins.includes('*')) return undefined;
    reply.header('access-control-allow-origin', origins.includes('*') ? '*' : origin);
    reply.header('cross-origin-resource-policy', 'cross-origin');
    if (request.method !== 'OPTIONS') return undefined;
    return reply
      .code(204)
      .header('access-control-allow-methods', METHODS)
      .header('access-control-allow-headers', HEADERS)
      .header('access-control-max-age', String(PREFLIGHT_S))
      .send();
  });
}

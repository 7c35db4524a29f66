/** Writes down every change that was asked for, done or refused: who, from where, what, with which outcome. */

import type { FastifyInstance, FastifyRequest } from 'fastify';

import { type Clock, type LogSink, messageOf } from '../base/index.ts';
import type { Engine } from '../collection/index.ts';

/** Reading changes nothing, and signing in with a wrong key is counted elsewhere. */
const CHANGES = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);
/** Fields that say what a change is about; none of them can hold a secret. */
const TELLING = [
  'c',
  'url',
  'u',
  'of',
  'd',
  'q',
  'id',
  'name',
  'directory',
  'depth',
  'work',
  'seeds',
  'description',
];
const ABOUT_CHARACTERS = 300;

declare module 'fastify' {
  interface FastifyRequest {
    /** What a change was refused with whose asker is led back to the page with a word about it. */
    refusedWith: number | undefined;
  }
}

export function keepAudit(
  server: FastifyInstance,
  engine: Engine,
  { clock, log }: { readonly clock: Clock; readonly log: LogSink },
): void {
  server.decorateRequest('refusedWith');
  // Where nothing can be changed there is nothing to be told of, and nothing to write it to.
  if (engine.isReadOnly) return;
  server.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url;
    if (route === undefined || !CHANGES.has(request.method) || request.routeOptions.config.isReading === true)
      return;
    // The calls of commands on this machine: those that change something have a route of their own besides.
    if (route.startsWith('/engine/')) return;
    // Who may do nothing at all leaves no record: strangers don't get to fill the disk.
    if (!request.isAdmin && request.holder === undefined && reply.statusCode >= 400) return;
    try {
      await engine.audit.append({
        at_ms: clock.now(),
        who: whoAsks(request),
        from: remoteOf(request),
        what: `${request.method} ${route}`,
        status: request.refusedWith ?? reply.statusCode,
        about: aboutWhat(request),
      });
    } catch (error) {
      log.write('warn', 'server.no-audit', { route, message: messageOf(error) });
    }
  });
}

/** `session`, `key ID`, `admin`. */
export function whoAsks({ session, holder, isAdmin }: FastifyRequest): string {
  if (session !== undefined) return 'session';
  if (holder !== undefined) return `key ${holder.keyId}`;
  return isAdmin ? 'admin' : 'stranger';
}

/** On a Unix socket there is no address. */
function remoteOf(request: FastifyRequest): string {
  const address: string | undefined = request.ip;
  return address ?? '';
}

function aboutWhat({ body, query, params }: FastifyRequest): string {
  const given = { ...fieldsOf(query), ...fieldsOf(params), ...fieldsOf(body) };
  const told = TELLING.filter((name) => given[name] !== undefined && given[name] !== '').map(
    (name) => `${name} ${String(given[name])}`,
  );
  return told.join(', ').replaceAll(/\s+/g, ' ').slice(0, ABOUT_CHARACTERS);
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Buffer.isBuffer(value) ? { ...value } : {};
}

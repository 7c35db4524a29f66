/**
 * Who may do what. Every route says where it is declared whether it is `public`, for administrators, or for keys with
 * one action; one that says nothing stops the server from starting. A key is sent as `Authorization: Bearer …`; an
 * administrator may have signed in with a browser instead, whose changes must carry the session's token besides, and
 * come from our own pages.
 */

import type { FastifyInstance, FastifyRequest } from 'fastify';

import { assert, type Clock, type LogSink, PeregrineError } from '../base/index.ts';
import type { KeyCheck } from './admin-key.ts';
import type { FailedAttempts } from './failed-attempts.ts';
import { type Action, isExpired, mayRead } from './grants.ts';
import type { KeyHolder, KeyRing } from './key-ring.ts';
import type { RateLimiter } from './rate-limiter.ts';
import type { Session, Sessions } from './sessions.ts';

/** An action: for keys that grant it, and for administrators. */
export type RouteAccess = 'public' | 'admin' | Action;

export interface RouteEntry {
  readonly method: string;
  readonly url: string;
  readonly access: RouteAccess;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: RouteAccess;
    /** How errors are told where the client does not say: as a page to people or as JSON to programs. */
    answers?: 'page' | 'json';
    /** A POST that changes nothing, and so needs no token and leaves no record: pages of other origins may send it, as far as CORS lets them read the answer. */
    isReading?: boolean;
  }
  interface FastifyInstance {
    /** Every route with who may use it. */
    routeTable: readonly RouteEntry[];
  }
  interface FastifyRequest {
    isAdmin: boolean;
    /** Whose key came with the request, where it is not the administrator's. */
    holder: KeyHolder | undefined;
    session: Session | undefined;
  }
}

export interface AccessRules {
  readonly adminKey: KeyCheck;
  readonly sessions: Sessions;
  readonly attempts: FailedAttempts;
  readonly keys: KeyRing;
  readonly rates: RateLimiter;
  readonly clock: Clock;
  readonly log: LogSink;
  /** Requests a minute from one address that has no key; undefined: no bound. */
  readonly rate_per_min?: number | undefined;
  /** On the control socket even public routes need the key. Default false. */
  readonly isKeyAlwaysNeeded?: boolean;
}

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

export function guard(server: FastifyInstance, rules: AccessRules): void {
  server.decorateRequest('isAdmin', false);
  server.decorateRequest('session');
  server.decorateRequest('holder');

  const table: RouteEntry[] = [];
  server.decorate('routeTable', { getter: () => table });
  server.addHook('onRoute', ({ url, method, config }) => {
    const access = config?.access;
    assert(access !== undefined, `the route ${url} says who may use it`);
    for (const one of [method].flat()) table.push({ method: one, url, access });
  });

  // Before the body is read: strangers don't get to send us megabytes.
  server.addHook('onRequest', async (request) => {
    recognise(rules, request);
    limitRate(rules, request);
    // A route that does not exist has no access of its own; its 404 tells nothing.
    const access = request.routeOptions.config.access ?? 'public';
    // What everybody may ask, a key that may not search asks as everybody does.
    if (access === 'public' && !mayRead(request.holder?.grant)) request.holder = undefined;
    if (access === 'public' && rules.isKeyAlwaysNeeded !== true) return;
    if (request.isAdmin) return;
    if (request.holder === undefined) {
      throw new PeregrineError(
        'UNAUTHORISED',
        'This needs a key: sign in at /admin, or send it as "Authorization: Bearer KEY".',
      );
    }
    const { actions } = request.holder.grant;
    if (access === 'public' || access === 'admin' || !actions.includes(access)) {
      throw new PeregrineError(
        'FORBIDDEN',
        access === 'admin' || access === 'public'
          ? 'This needs the admin key.'
          : `This key may not do that; it lacks the action "${access}".`,
      );
    }
  });

  // After the body is read, for forms carry the token in it.
  server.addHook('preHandler', async (request) => {
    if (SAFE_METHODS.has(request.method) || request.routeOptions.config.isReading === true) return;
    const origin = request.headers['sec-fetch-site'];
    if (bearerKey(request) === undefined && origin !== undefined && origin !== 'same-origin') {
      throw new PeregrineError('FORBIDDEN', 'This request was sent by another site.');
    }
    if (request.session === undefined) return;
    if (csrfToken(request) !== request.session.csrfToken) {
      throw new PeregrineError(
        'FORBIDDEN',
        'The form is out of date. Go back, reload the page and send it again.',
      );
    }
  });
}

/** Finds out who asks. A key that opens nothing is refused, never overlooked. */
function recognise(rules: AccessRules, request: FastifyRequest): void {
  const key = bearerKey(request);
  if (key === undefined) {
    request.session = rules.sessions.find(request.headers.cookie);
    if (request.session !== undefined) request.isAdmin = true;
    return;
  }
  const holder = rules.keys.holderOf(key);
  if (holder === undefined) {
    request.isAdmin = checkKey(rules, request, key);
    return;
  }
  if (isExpired(holder.grant, rules.clock.now())) {
    throw new PeregrineError('UNAUTHORISED', 'This key has expired. Ask for a new one.');
  }
  request.holder = holder;
}

/** Keys by their own rate, strangers by their address; administrators as often as they like. */
function limitRate(rules: AccessRules, request: FastifyRequest): void {
  if (request.isAdmin) return;
  const { holder } = request;
  const rate_per_min = holder?.grant.rate_per_min ?? rules.rate_per_min;
  if (rate_per_min === undefined) return;
  const wait_ms = rules.rates.take(
    holder === undefined ? addressOf(request) : `key ${holder.keyId}`,
    rate_per_min,
  );
  if (wait_ms <= 0) return;
  throw new PeregrineError('QUEUE_FULL', 'Too many requests. Please wait a moment.', {
    retryAfter_s: Math.ceil(wait_ms / 1000),
  });
}

/** On a Unix socket there is no address. */
function addressOf(request: FastifyRequest): string {
  const address: string | undefined = request.ip;
  return address ?? 'socket';
}

/** Checks a key; a wrong one throws and is counted. The right one always opens, so nobody can lock the owner out. */
export function checkKey(rules: AccessRules, request: FastifyRequest, key: string): true {
  if (rules.adminKey.matches(key)) return true;
  const address = addressOf(request);
  const wait_ms = rules.attempts.add(address);
  rules.log.write('warn', 'server.wrong-key', { address, wait_ms });
  if (wait_ms > 0) {
    throw new PeregrineError('UNAUTHORISED', 'Too many wrong keys. Wait a minute and try again.', {
      retryAfter_s: Math.ceil(wait_ms / 1000),
    });
  }
  throw new PeregrineError('UNAUTHORISED', 'This key opens nothing here.');
}

function bearerKey(request: FastifyRequest): string | undefined {
  const header = request.headers.authorization;
  if (header === undefined) return keyOfSearchClient(request);
  return /^Bearer\s+(\S+)\s*$/i.exec(header)?.[1] ?? '';
}

/** Clients of another search service send their key by a name of its own; `public` stands for none, for they must send one. */
function keyOfSearchClient({ url, headers }: FastifyRequest): string | undefined {
  if (!url.startsWith('/1/')) return undefined;
  const inAddress = new URL(url, 'http://localhost').searchParams.get(SEARCH_CLIENT_KEY);
  const key = headers[SEARCH_CLIENT_KEY] ?? inAddress ?? 'public';
  return key === 'public' ? undefined : String(key);
}

const SEARCH_CLIENT_KEY = 'x-algolia-api-key';

function csrfToken(request: FastifyRequest): unknown {
  const header = request.headers['x-csrf-token'];
  if (header !== undefined) return header;
  const body: unknown = request.body;
  return typeof body === 'object' && body !== null && 'csrf' in body ? body.csrf : undefined;
}

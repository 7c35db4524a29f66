/**
 * Who may do what. Every route says `public` or `admin` where it is declared; one that says nothing stops the server
 * from starting. An administrator sends the key (`Authorization: Bearer …`) or has signed in with a browser; a
 * browser's changes must carry the session's token besides, and come from our own pages.
 */

import type { FastifyInstance, FastifyRequest } from 'fastify';

import { assert, type LogSink, PeregrineError } from '../base/index.ts';
import type { KeyCheck } from './admin-key.ts';
import type { FailedAttempts } from './failed-attempts.ts';
import type { Session, Sessions } from './sessions.ts';

export type RouteAccess = 'public' | 'admin';

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: RouteAccess;
    /** How errors are told where the client does not say: as a page to people or as JSON to programs. */
    answers?: 'page' | 'json';
  }
  interface FastifyRequest {
    isAdmin: boolean;
    session: Session | undefined;
  }
}

export interface AccessRules {
  readonly adminKey: KeyCheck;
  readonly sessions: Sessions;
  readonly attempts: FailedAttempts;
  readonly log: LogSink;
  /** On the control socket even public routes need the key. Default false. */
  readonly isKeyAlwaysNeeded?: boolean;
}

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

export function guard(server: FastifyInstance, rules: AccessRules): void {
  server.decorateRequest('isAdmin', false);
  server.decorateRequest('session');

  server.addHook('onRoute', (route) => {
    assert(route.config?.access !== undefined, `the route ${route.url} says who may use it`);
  });

  // Before the body is read: strangers don't get to send us megabytes.
  server.addHook('onRequest', async (request) => {
    const key = bearerKey(request);
    if (key !== undefined) request.isAdmin = checkKey(rules, request, key);
    else request.session = rules.sessions.find(request.headers.cookie);
    if (request.session !== undefined) request.isAdmin = true;

    // A route that does not exist has no access of its own; its 404 tells nothing.
    const access = request.routeOptions.config.access ?? 'public';
    if (access === 'public' && rules.isKeyAlwaysNeeded !== true) return;
    if (request.isAdmin) return;
    throw new PeregrineError(
      'UNAUTHORISED',
      'This needs the admin key: sign in at /admin, or send it as "Authorization: Bearer KEY".',
    );
  });

  // After the body is read, for forms carry the token in it.
  server.addHook('preHandler', async (request) => {
    if (SAFE_METHODS.has(request.method)) return;
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

/** Checks a key; a wrong one throws and is counted. The right one always opens, so nobody can lock the owner out. */
export function checkKey(rules: AccessRules, request: FastifyRequest, key: string): true {
  if (rules.adminKey.matches(key)) return true;
  // On a Unix socket there is no address.
  const address = (request.ip as string | undefined) ?? 'socket';
  const wait_ms = rules.attempts.add(address);
  rules.log.write('warn', 'server.wrong-key', { address, wait_ms });
  if (wait_ms > 0) {
    throw new PeregrineError('UNAUTHORISED', 'Too many wrong keys. Wait a minute and try again.', {
      retryAfter_s: Math.ceil(wait_ms / 1000),
    });
  }
  throw new PeregrineError('UNAUTHORISED', 'This is not the admin key.');
}

function bearerKey(request: FastifyRequest): string | undefined {
  const header = request.headers.authorization;
  if (header === undefined) return undefined;
  return /^Bearer\s+(\S+)\s*$/i.exec(header)?.[1] ?? '';
}

function csrfToken(request: FastifyRequest): unknown {
  const header = request.headers['x-csrf-token'];
  if (header !== undefined) return header;
  const body: unknown = request.body;
  return typeof body === 'object' && body !== null && 'csrf' in body ? body.csrf : undefined;
}

/** Refuses searches that would be late before anything is done about them, so that refusing costs next to nothing. */

import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';

import type { FastifyServerFactory } from 'fastify';

import * as limits from './limits.ts';
import { failureJson, failureOf } from './failures.ts';
import { type SearchGate, tooMany, TOO_MANY } from './search-gate.ts';
import { SECURITY_HEADERS } from './security-headers.ts';

/** What is worth refusing: everything else is quick, or for administrators, who should get through. */
const SEARCHES = /^\/(?:search|complete|explain|whynot|1\/indexes\/)/;

/** PEM texts. */
export interface TlsCredentials {
  readonly cert: string;
  readonly key: string;
}

/** How long clients may take. */
export interface Patience {
  /** For all headers, ms. */
  readonly headers_ms: number;
  /** For the whole request, ms. */
  readonly request_ms: number;
  /** For anything to move on a connection, ms. */
  readonly silence_ms: number;
  /** Who is late is noticed at most so much later, ms. */
  readonly checkedEvery_ms: number;
}

export const PATIENCE: Patience = {
  headers_ms: limits.HEADERS_TIMEOUT_MS,
  request_ms: limits.REQUEST_TIMEOUT_MS,
  silence_ms: limits.CONNECTION_TIMEOUT_MS,
  checkedEvery_ms: limits.LATENESS_CHECKED_EVERY_MS,
};

/** The HTTP server, within its bounds, with the gate before it. */
export function sheddingServer(
  gate: SearchGate,
  tls: TlsCredentials | undefined,
  patience: Patience = PATIENCE,
): FastifyServerFactory {
  return (handler) => {
    const listener = (request: IncomingMessage, response: ServerResponse): void => {
      if (SEARCHES.test(request.url ?? '') && gate.isCrowded()) shed(request, response, gate.retryAfter_s());
      else handler(request, response);
    };
    const bounds = {
      maxHeaderSize: limits.HEADER_BYTES,
      headersTimeout: patience.headers_ms,
      requestTimeout: patience.request_ms,
      connectionsCheckingInterval: patience.checkedEvery_ms,
      keepAliveTimeout: limits.KEEP_ALIVE_TIMEOUT_MS,
    };
    const server =
      tls === undefined
        ? createHttpServer(bounds, listener)
        : createHttpsServer({ ...bounds, ...tls }, listener);
    server.maxRequestsPerSocket = limits.REQUESTS_PER_CONNECTION;
    server.maxConnections = limits.CONNECTIONS_MAX;
    server.setTimeout(patience.silence_ms);
    return server;
  };
}

const PAGE = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Busy - Peregrine</title><h1>503</h1><p>${TOO_MANY}</p></html>`;
let problem: string | undefined;

function shed(request: IncomingMessage, response: ServerResponse, retryAfter_s: number): void {
  problem ??= JSON.stringify(failureJson(failureOf(tooMany({ status: 503 }), false)));
  const isForPeople = request.headers.accept?.includes('text/html') ?? false;
  const body = isForPeople ? PAGE : problem;
  response.writeHead(503, {
    ...SECURITY_HEADERS,
    'content-type': isForPeople ? 'text/html; charset=utf-8' : 'application/problem+json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'retry-after': String(retryAfter_s),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
  // A body that nobody reads would keep the connection from its next request.
  request.resume();
}

/** Fetches one URL: one request, one answer, typed errors. Redirects are handed back, never followed here. */

import { isPeregrineError, messageOf, PeregrineError } from '../base/index.ts';
import { guardedConnector, isPublicAddress } from './address-guard.ts';
import { ACCEPT_ENCODING, type BodyLimits, readBody, tooLarge } from './body-reader.ts';
import { isWorthFetching } from './content-types.ts';
import { DnsCache, type Resolve } from './dns-cache.ts';
import { isIP } from 'node:net';
import type { Agent, buildConnector, Dispatcher } from 'undici';

/** Largest page by default: 16 MiB after decompression. */
export const DEFAULT_MAX_PAGE_BYTES: number = 16 * 1024 * 1024;

export interface FetchTimeouts {
  /** Name resolution, TCP and TLS; default 10,000. */
  readonly connect_ms: number;
  /** From the connection to the end of the headers; default 15,000. */
  readonly headers_ms: number;
  /** For the whole body; default 30,000. */
  readonly body_ms: number;
  /** For everything; default 60,000. */
  readonly whole_ms: number;
}

export const DEFAULT_TIMEOUTS: FetchTimeouts = {
  connect_ms: 10_000,
  headers_ms: 15_000,
  body_ms: 30_000,
  whole_ms: 60_000,
};

export interface FetchRequest extends BodyLimits {
  /** Normalised. */
  readonly url: string;
  readonly allowPrivate: boolean;
  /** `page`: only types that a document can be made of; `any`: whatever comes. */
  readonly types: 'page' | 'any';
  /** The version that is known: the server may answer 304 where it is still the last. */
  readonly known?: { readonly etag: string; readonly lastModified: string };
  readonly signal?: AbortSignal;
}

export interface FetchResponse {
  readonly url: string;
  readonly status: number;
  /** Lower-case names; repeated headers joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /** Decompressed; empty unless the status is 2xx. */
  readonly bytes: Uint8Array;
  readonly truncated: boolean;
  readonly wire_bytes: number;
  /** Absolute target of a redirect, as the server gave it. */
  readonly redirectTo: string | undefined;
  /** The address that answered. */
  readonly ip: string;
}

/**
 * Rejects with `ADDRESS_REFUSED`, `FETCH_TIMEOUT`, `FETCH_FAILED`, `TOO_LARGE`, `UNSUPPORTED_TYPE`, or `CANCELLED`
 * where the request's signal aborts.
 */
export interface Fetcher {
  fetch(request: FetchRequest): Promise<FetchResponse>;
  /** The address that a URL's host would be asked at; undefined where it has none. */
  addressOf(url: string, allowPrivate: boolean): Promise<string | undefined>;
  close(): Promise<void>;
}

export interface FetcherOptions {
  /** Sent as `User-Agent`. */
  readonly userAgent: string;
  readonly timeouts?: Partial<FetchTimeouts>;
  readonly resolve?: Resolve;
}

/** Answers' bodies that are read only to keep the connection are read this far. */
const MAX_DISCARDED_BYTES = 64 * 1024;
const MAX_REMEMBERED_ADDRESSES = 10_000;

interface Undici {
  readonly Agent: typeof Agent;
  readonly buildConnector: typeof buildConnector;
}

export function createFetcher(options: FetcherOptions): Fetcher {
  const timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts };
  const addresses = new Map<string, string>();
  const names = new DnsCache(options.resolve);
  const agentFor = (library: Undici, allowPrivate: boolean): Agent =>
    new library.Agent({
      connections: 1,
      pipelining: 1,
      allowH2: false,
      headersTimeout: timeouts.whole_ms,
      bodyTimeout: timeouts.body_ms,
      connect: guardedConnector(
        {
          allowPrivate,
          connectTimeout_ms: timeouts.connect_ms,
          names,
          onConnected: (origin, address) => {
            if (addresses.size >= MAX_REMEMBERED_ADDRESSES) addresses.clear();
            addresses.set(origin, address);
          },
        },
        library.buildConnector,
      ),
    });
  // Loaded at the first fetch: a server that only answers has no need of it.
  let agents: Promise<{ readonly guarded: Agent; readonly open: Agent }> | undefined;
  const madeAgents = async (): Promise<{ readonly guarded: Agent; readonly open: Agent }> => {
    const library = await import('undici');
    return { guarded: agentFor(library, false), open: agentFor(library, true) };
  };
  const headers = {
    'user-agent': options.userAgent,
    accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,application/pdf;q=0.8,*/*;q=0.5',
    'accept-encoding': ACCEPT_ENCODING,
  };

  async function fetch(request: FetchRequest): Promise<FetchResponse> {
    const watch = new PhaseWatch(request.signal, timeouts.whole_ms);
    try {
      const url = new URL(request.url);
      watch.enter('headers', timeouts.connect_ms + timeouts.headers_ms);
      const { guarded, open } = await (agents ??= madeAgents());
      const answer = await (request.allowPrivate ? open : guarded).request({
        origin: url.origin,
        path: `${url.pathname}${url.search}`,
        method: 'GET',
        headers: request.known === undefined ? headers : { ...headers, ...conditions(request.known) },
        signal: watch.signal,
      });
      watch.enter('body', timeouts.body_ms);
      const received = await receive(request, answer);
      return { url: request.url, ...received, ip: addresses.get(url.origin) ?? '' };
    } catch (error) {
      throw watch.explain(error, request.url);
    } finally {
      watch.end();
    }
  }

  async function addressOf(url: string, allowPrivate: boolean): Promise<string | undefined> {
    const literal = new URL(url).hostname.replace(/^\[|\]$/g, '');
    if (isIP(literal) !== 0) return literal;
    try {
      const found = await names.addresses(literal);
      return found.find(({ address }) => allowPrivate || isPublicAddress(address))?.address;
    } catch {
      // The fetch will say it better.
      return undefined;
    }
  }

  return {
    fetch,
    addressOf,
    close: async () => {
      const made = await agents;
      await Promise.all([made?.guarded.destroy(), made?.open.destroy()]);
    },
  };
}

async function receive(
  request: FetchRequest,
  answer: Dispatcher.ResponseData,
): Promise<Omit<FetchResponse, 'url' | 'ip'>> {
  const { statusCode: status, body } = answer;
  // An aborted or refused body is nobody's unhandled error.
  body.on('error', () => undefined);
  const headers = flatten(answer.headers);
  if (status < 200 || status > 299) {
    await body.dump({ limit: MAX_DISCARDED_BYTES }).catch(() => undefined);
    const nothing = { bytes: new Uint8Array(0), truncated: false, wire_bytes: 0 };
    return { status, headers, ...nothing, redirectTo: redirectTarget(status, headers, request.url) };
  }
  try {
    if (request.types === 'page' && !isWorthFetching(headers['content-type'] ?? '', request.url)) {
      throw new PeregrineError(
        'UNSUPPORTED_TYPE',
        `The page is of type "${headers['content-type'] ?? ''}", which is not indexed.`,
        { contentType: headers['content-type'] },
      );
    }
    const announced = Number(headers['content-length'] ?? 0);
    if (request.overflow === 'refuse' && announced > request.max_bytes) throw tooLarge(request.max_bytes);
    const read = await readBody(body, headers['content-encoding'] ?? '', request);
    return { status, headers, ...read, redirectTo: undefined };
  } catch (error) {
    body.destroy();
    throw error;
  }
}

function conditions({ etag, lastModified }: NonNullable<FetchRequest['known']>): Record<string, string> {
  return {
    ...(etag !== '' && { 'if-none-match': etag }),
    ...(lastModified !== '' && { 'if-modified-since': lastModified }),
  };
}

function flatten(headers: Dispatcher.ResponseData['headers']): Record<string, string> {
  const flat: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value;
  }
  return flat;
}

function redirectTarget(
  status: number,
  headers: Readonly<Record<string, string>>,
  base: string,
): string | undefined {
  const location = headers['location'];
  if (status < 300 || status > 399 || status === 304 || location === undefined) return undefined;
  // Servers send raw UTF-8 here, which arrives as Latin-1.
  const text = Buffer.from(location, 'latin1').toString('utf8');
  return URL.parse(text.includes('\uFFFD') ? location : text, base)?.href;
}

/** Real time, phase by phase: sockets keep no other clock. */
class PhaseWatch {
  readonly #controller = new AbortController();
  readonly #outer: AbortSignal | undefined;
  readonly #onOuterAbort = (): void => this.#controller.abort();
  readonly #whole: NodeJS.Timeout;
  #phase: NodeJS.Timeout | undefined;
  #expired: string | undefined;

  constructor(outer: AbortSignal | undefined, whole_ms: number) {
    this.#outer = outer;
    if (outer?.aborted === true) this.#controller.abort();
    outer?.addEventListener('abort', this.#onOuterAbort, { once: true });
    this.#whole = setTimeout(() => this.#expire(`the page took longer than ${whole_ms} ms`), whole_ms);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  enter(phase: string, limit_ms: number): void {
    clearTimeout(this.#phase);
    this.#phase = setTimeout(() => this.#expire(`its ${phase} took longer than ${limit_ms} ms`), limit_ms);
  }

  end(): void {
    clearTimeout(this.#phase);
    clearTimeout(this.#whole);
    this.#outer?.removeEventListener('abort', this.#onOuterAbort);
  }

  /** The error a caller can act on, made of whatever a socket threw. */
  explain(error: unknown, url: string): PeregrineError {
    if (this.#outer?.aborted === true)
      return new PeregrineError('CANCELLED', 'The fetch was cancelled.', { url });
    if (this.#expired !== undefined) {
      return new PeregrineError('FETCH_TIMEOUT', `The server is too slow: ${this.#expired}.`, { url }, error);
    }
    for (let cause = error; cause instanceof Error; cause = cause.cause) {
      if (isPeregrineError(cause)) return cause;
    }
    const code = codeOf(error);
    if (/TIMEOUT|ETIMEDOUT/.test(code)) {
      return new PeregrineError(
        'FETCH_TIMEOUT',
        `The server is too slow: ${messageOf(error)}.`,
        { url, code },
        error,
      );
    }
    const message = messageOf(error) || code || 'the connection failed';
    return new PeregrineError(
      'FETCH_FAILED',
      `The page could not be fetched: ${message}.`,
      { url, code },
      error,
    );
  }

  #expire(why: string): void {
    this.#expired = why;
    this.#controller.abort();
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** Fetches one URL: one request, one answer, typed errors. Redirects are handed back, never followed here. */

import { isPeregrineError, PeregrineError } from '../base/index.ts';
import { isPublicAddress } from './address-guard.ts';
import { ACCEPT_ENCODING, type BodyLimits, readBody, tooLarge } from './body-reader.ts';
import { isWorthFetching } from './content-types.ts';
import { ConnectionPools } from './connection-pools.ts';
import type { CookieShelf } from './cookie-shelf.ts';
import { authorizationFor, type CrawlAccess, NO_ACCESS } from './crawl-access.ts';
import { DnsCache, type Resolve } from './dns-cache.ts';
import { PhaseWatch } from './phase-watch.ts';
import { ProxyFailure } from './proxy-connector.ts';
import { ProxyRing } from './proxy-ring.ts';
import { isIP } from 'node:net';
import type { Dispatcher } from 'undici';

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

const DEFAULT_TIMEOUTS: FetchTimeouts = {
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
  /** Sends what was set before, and keeps what this answer sets. */
  readonly cookies?: CookieShelf;
  /** Told of what comes of a body over the wire, piece by piece, whatever becomes of it. */
  readonly onBytes?: (count: number) => void;
  /** Sent by POST; nothing is fetched again then. */
  readonly post?: { readonly body: string; readonly headers: Readonly<Record<string, string>> };
}

export interface FetchResponse {
  readonly url: string;
  readonly status: number;
  /** Lower-case names; repeated headers joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /** Decompressed; empty unless the status is 2xx. */
  readonly bytes: Uint8Array;
  readonly truncated: boolean;
  /** Of the body, as they came. */
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
  /** Passwords, proxies and certificates. */
  readonly access?: CrawlAccess;
}

/** Proxies that are tried for one request. */
const MAX_PROXIES_A_REQUEST = 3;
/** Answers' bodies that are read only to keep the connection are read this far. */
const MAX_DISCARDED_BYTES = 64 * 1024;
const MAX_REMEMBERED_ADDRESSES = 10_000;

export function createFetcher(options: FetcherOptions): Fetcher {
  const timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts };
  const addresses = new Map<string, string>();
  const names = new DnsCache(options.resolve);
  const access = options.access ?? NO_ACCESS;
  const proxies = new ProxyRing(access.proxies, access.rotation);
  const pools = new ConnectionPools({
    connectTimeout_ms: timeouts.connect_ms,
    idle_ms: timeouts.whole_ms,
    names,
    ...(access.certificates.length > 0 && { certificates: access.certificates }),
    onConnected: (origin, address) => {
      if (addresses.size >= MAX_REMEMBERED_ADDRESSES) addresses.clear();
      addresses.set(origin, address);
    },
  });
  const headers = {
    'user-agent': options.userAgent,
    accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,application/pdf;q=0.8,*/*;q=0.5',
    'accept-encoding': ACCEPT_ENCODING,
  };

  async function fetch(request: FetchRequest): Promise<FetchResponse> {
    const watch = new PhaseWatch(request.signal, timeouts.whole_ms);
    try {
      const url = new URL(request.url);
      const sent = await headersFor(request);
      const answer = await ask(request, url, sent, watch);
      watch.enter('body', timeouts.body_ms);
      await request.cookies?.take(request.url, listOf(answer.headers['set-cookie']));
      const received = await receive(request, answer);
      return { url: request.url, ...received, ip: addresses.get(url.origin) ?? '' };
    } catch (error) {
      throw watch.explain(error, request.url);
    } finally {
      watch.end();
    }
  }

  async function headersFor({ url, known, cookies, post }: FetchRequest): Promise<Record<string, string>> {
    const authorization = authorizationFor(access, url);
    const cookie = (await cookies?.headerFor(url)) ?? '';
    return {
      ...headers,
      ...(known !== undefined && conditions(known)),
      ...(cookie !== '' && { cookie }),
      ...(authorization !== undefined && { authorization }),
      ...post?.headers,
    };
  }

  /** One request; where a proxy would not have it, by the next one. */
  async function ask(
    { allowPrivate, post }: FetchRequest,
    { origin, host, pathname, search }: URL,
    sent: Record<string, string>,
    watch: PhaseWatch,
  ): Promise<Dispatcher.ResponseData> {
    for (let left = Math.min(MAX_PROXIES_A_REQUEST, proxies.size); ; left--) {
      const proxy = proxies.pick(host);
      const agent = await pools.for(allowPrivate, proxy);
      watch.enter('headers', timeouts.connect_ms + timeouts.headers_ms);
      try {
        const answer = await agent.request({
          origin,
          path: `${pathname}${search}`,
          method: post === undefined ? 'GET' : 'POST',
          body: post?.body ?? null,
          headers: sent,
          signal: watch.signal,
        });
        if (proxy !== undefined) proxies.worked(proxy);
        return answer;
      } catch (error) {
        if (!(error instanceof ProxyFailure)) throw error;
        proxies.failed(error.proxy);
        if (left <= 1 || watch.signal.aborted) throw error;
      }
    }
  }

  async function addressOf(url: string, allowPrivate: boolean): Promise<string | undefined> {
    const literal = new URL(url).hostname.replace(/^\[|\]$/g, '');
    if (isIP(literal) !== 0) return literal;
    try {
      const found = await names.addresses(literal);
      const open = found.filter(({ address }) => allowPrivate || isPublicAddress(address));
      // The first may not have been reached: then another one answered.
      const last = addresses.get(new URL(url).origin);
      return (open.find(({ address }) => address === last) ?? open[0])?.address;
    } catch {
      // The fetch will say it better.
      return undefined;
    }
  }

  return {
    fetch,
    addressOf,
    close: () => pools.close(),
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
  let wire_bytes = 0;
  body.on('data', (chunk: Uint8Array) => {
    wire_bytes += chunk.length;
    request.onBytes?.(chunk.length);
  });
  body.pause();
  if (status < 200 || status > 299) {
    await body.dump({ limit: MAX_DISCARDED_BYTES }).catch(() => undefined);
    const nothing = { bytes: new Uint8Array(0), truncated: false, wire_bytes };
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
    return { status, headers, ...read, wire_bytes, redirectTo: undefined };
  } catch (error) {
    body.destroy();
    throw isPeregrineError(error) ? withStatus(error, status) : error;
  }
}

/** An answer whose body is not wanted has a status all the same, which the record of the attempt tells. */
function withStatus({ code, message, facts, cause }: PeregrineError, status: number): PeregrineError {
  return new PeregrineError(code, message, { ...facts, status }, cause);
}

function conditions({ etag, lastModified }: NonNullable<FetchRequest['known']>): Record<string, string> {
  return {
    ...(etag !== '' && { 'if-none-match': etag }),
    ...(lastModified !== '' && { 'if-modified-since': lastModified }),
  };
}

function listOf(value: string | string[] | undefined): readonly string[] {
  return typeof value === 'string' ? [value] : (value ?? []);
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

/** Serves the demo site on the loopback interface: its pages, and its traps, which are told apart in `traps.ts`. */

import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { renderFeed, renderRobots, renderSitemap } from './feeds.ts';
import { encodeHtml } from './legacy-encoding.ts';
import { type Site, readSite } from './site-pages.ts';
import { escapeHtml } from './template.ts';
import { type Reply, type TrapSettings, redirectReply, trapReply } from './traps.ts';

export interface DemoOptions {
  /** Default 0: any free port. */
  readonly port?: number;
  /** Default `127.0.0.1`. */
  readonly host?: string;
  /** How long the slow page makes its visitors wait, in milliseconds; default 2,000. */
  readonly slow_ms?: number;
}

/** A request that was answered. */
export interface DemoRequest {
  /** With the query string. */
  readonly path: string;
  /** When it came in, ms since 1970. */
  readonly at_ms: number;
  readonly status: number;
}

export interface DemoServer {
  /** `http://127.0.0.1:PORT`, without a slash at its end. */
  readonly origin: string;
  /** What was asked so far, in the order of the answers. */
  readonly requests: DemoRequest[];
  /** Ends open connections too. */
  close(): Promise<void>;
}

/** No page but those of the endless parts is further from the front page, in links and redirects: a crawl may stop there. */
export const DEMO_DEPTH = 4;

/** Smallest body that is worth compressing. */
const MIN_GZIP_BYTES = 512;

/** Starts the demo site. Rejects when the port is taken. */
export async function serveDemo(options: DemoOptions = {}): Promise<DemoServer> {
  const { port = 0, host = '127.0.0.1', slow_ms = 2_000 } = options;
  const site = readSite();
  const requests: DemoRequest[] = [];
  const closing = new AbortController();
  let sessions = 0;
  let origin = '';
  const settings = (): TrapSettings => ({
    origin,
    slow_ms,
    nextSession() {
      sessions += 1;
      return sessions;
    },
  });

  const server = createServer((request, response) => {
    const at_ms = Date.now();
    const path = request.url ?? '/';
    response.once('close', () => requests.push({ path, at_ms, status: response.statusCode }));
    answer(request, response, site, settings(), closing.signal).catch(() => {
      response.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  origin = `http://${host}:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    requests,
    async close() {
      closing.abort();
      const closed = new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
      });
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  site: Site,
  settings: TrapSettings,
  closing: AbortSignal,
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { allow: 'GET, HEAD', 'content-type': 'text/plain' }).end('Only GET and HEAD.\n');
    return;
  }
  const url = URL.parse(request.url ?? '/', settings.origin);
  const reply = url === null ? notFound('') : replyTo(url, site, settings);
  if (reply.delay_ms !== undefined) await wait(reply.delay_ms, undefined, { signal: closing });
  await send(request, response, reply, charsetOf(url, site));
}

function replyTo(url: URL, site: Site, settings: TrapSettings): Reply {
  const { origin } = settings;
  const { pathname } = url;
  const file = site.files.get(pathname);
  if (file !== undefined) {
    return {
      status: 200,
      headers: { 'content-type': file.contentType },
      body: file.bytes,
      modified: '2024-01-08',
    };
  }
  if (pathname === '/robots.txt') return generated('text/plain', renderRobots(origin));
  if (pathname === '/sitemap.xml') return generated('application/xml', renderSitemap(site, origin));
  if (pathname === '/feed.xml') return generated('application/atom+xml', renderFeed(site, origin));
  if (site.pages.has(`${pathname}/`)) return redirectReply(301, `${pathname}/${url.search}`);
  return trapReply(url, site, settings) ?? notFound(pathname);
}

function generated(type: string, body: string): Reply {
  return { status: 200, headers: { 'content-type': `${type}; charset=utf-8` }, body, modified: '2024-11-18' };
}

function notFound(path: string): Reply {
  return {
    status: 404,
    headers: { 'content-type': 'text/html; charset=utf-8' },
    body: `<!doctype html>
<html lang="en"><head><title>Not found</title><link rel="stylesheet" href="/style.css"></head>
<body><main><h1>Not found</h1><p>There is no page at ${escapeHtml(path)}. The <a href="/">front page</a> lists all there is.</p></main></body></html>
`,
  };
}

function charsetOf(url: URL | null, site: Site): string {
  return (url === null ? undefined : site.pages.get(url.pathname)?.charset) ?? 'utf-8';
}

async function send(
  request: IncomingMessage,
  response: ServerResponse,
  reply: Reply,
  charset: string,
): Promise<void> {
  if (typeof reply.body !== 'string' && !(reply.body instanceof Uint8Array)) {
    response.writeHead(reply.status, reply.headers);
    await pipeline(Readable.from(reply.body), response);
    return;
  }
  const plain = typeof reply.body === 'string' ? encodeHtml(reply.body, charset) : reply.body;
  const headers: Record<string, string> = { ...reply.headers };
  if (reply.modified !== undefined) {
    const modified = new Date(`${reply.modified}T09:00:00Z`);
    headers['last-modified'] = modified.toUTCString();
    // Weak: the same page has two spellings on the wire, with and without compression.
    headers['etag'] = `W/"${createHash('sha256').update(plain).digest('base64url').slice(0, 16)}"`;
    headers['cache-control'] = 'max-age=60';
    if (isUnchanged(request, headers['etag'], modified)) {
      delete headers['content-type'];
      response.writeHead(304, headers).end();
      return;
    }
  }
  const isText = !/^(?:application\/pdf)/.test(headers['content-type'] ?? '');
  let body = plain;
  if (isText && plain.length >= MIN_GZIP_BYTES) {
    headers['vary'] = 'Accept-Encoding';
    if (/\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\b)/i.test(request.headers['accept-encoding'] ?? '')) {
      headers['content-encoding'] = 'gzip';
      body = gzipSync(plain);
    }
  }
  headers['content-length'] = String(body.length);
  response.writeHead(reply.status, headers).end(body);
}

/** RFC 9110 §13.2.2: If-None-Match decides alone where it is sent; the date counts only without it. */
function isUnchanged(request: IncomingMessage, etag: string, modified: Date): boolean {
  const known = request.headers['if-none-match'];
  if (known !== undefined) {
    return known
      .split(',')
      .some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag.slice(2));
  }
  const since = Date.parse(request.headers['if-modified-since'] ?? '');
  return Number.isFinite(since) && modified.getTime() <= since;
}

/** A small web on 127.0.0.1 for crawl tests: a directory or a map of pages, with a record of who asked for what when. */

import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';

export interface StaticResponse {
  /** Default 200. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** Answers a request; one that returns nothing has written the response itself, and ends it. */
export type StaticHandler = (
  request: IncomingMessage,
  response: ServerResponse,
) => StaticResponse | string | undefined | Promise<StaticResponse | string | undefined>;

/** A page is HTML text, a response or a handler. */
export type StaticPage = string | Uint8Array | StaticResponse | StaticHandler;

export interface StaticServerOptions {
  /** Path with its query → page; looked up with the query first, then without. Comes before the directory. */
  readonly pages?: Readonly<Record<string, StaticPage>>;
  /** Files are served from here; a path that ends in `/` gives its `index.html`. */
  readonly directory?: string;
  /** Of this machine; default 127.0.0.1. Crawls ask hosts at one address in turn. */
  readonly address?: string;
  /** Sent with every response. */
  readonly headers?: Readonly<Record<string, string>>;
  /** How long every response is held back. Default 0. */
  readonly latency_ms?: number;
  /** Answers what nothing else does. Default: 404. */
  readonly fallback?: StaticHandler;
}

export interface RecordedRequest {
  readonly method: string;
  /** Path and query as they stood on the request line. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  /** When it came, on the monotonic clock. */
  readonly at_ms: number;
  readonly status: number;
}

export interface StaticServer {
  /** `http://127.0.0.1:PORT`, without a slash at the end. */
  readonly origin: string;
  readonly port: number;
  /** Finished and broken requests in the order in which they came. */
  readonly requests: readonly RecordedRequest[];
  /** How often a path was asked for. */
  count(path: string): number;
  /** Adds a page or puts another in its place. */
  setPage(path: string, page: StaticPage): void;
  removePage(path: string): void;
  /** Stops listening and breaks open connections. */
  close(): Promise<void>;
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.htm': 'text/html; charset=utf-8',
  '.xhtml': 'application/xhtml+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.xml': 'application/xml',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.gif': 'image/gif',
  '.pdf': 'application/pdf',
  '.gz': 'application/gzip',
};

/** Starts a server on a free port of 127.0.0.1. Close it when the test ends: `t.after(() => server.close())`. */
export async function startStaticServer(options: StaticServerOptions = {}): Promise<StaticServer> {
  const pages = new Map(Object.entries(options.pages ?? {}));
  const requests: RecordedRequest[] = [];
  const server = createServer((request, response) => {
    const place = requests.length;
    const record = {
      method: request.method ?? 'GET',
      path: request.url ?? '/',
      headers: request.headers,
      at_ms: performance.now(),
    };
    requests.push({ ...record, status: 0 });
    response.once('close', () => (requests[place] = { ...record, status: response.statusCode }));
    answer(request, response, pages, options).catch(() => response.destroy());
  });
  const address = options.address ?? '127.0.0.1';
  const port = await listen(server, address);
  return {
    origin: `http://${address}:${port}`,
    port,
    requests,
    count: (path) => requests.filter((request) => request.path === path).length,
    setPage: (path, page) => void pages.set(path, page),
    removePage: (path) => void pages.delete(path),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function listen(server: Server, address: string): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, address, resolve);
  });
  return (server.address() as AddressInfo).port;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  pages: ReadonlyMap<string, StaticPage>,
  { directory, headers = {}, latency_ms = 0, fallback }: StaticServerOptions,
): Promise<void> {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (latency_ms > 0) await sleep(latency_ms);
  const path = request.url ?? '/';
  const bare = path.split('?', 1)[0] ?? '/';
  const page = pages.get(path) ?? pages.get(bare);
  const file = page === undefined && directory !== undefined ? fileOf(directory, bare) : undefined;
  if (file !== undefined) {
    response.setHeader(
      'content-type',
      CONTENT_TYPES[extname(file).toLowerCase()] ?? 'application/octet-stream',
    );
    response.setHeader('content-length', statSync(file).size);
    if (request.method === 'HEAD') response.end();
    else await pipeline(createReadStream(file), response);
    return;
  }
  const found = page ?? fallback ?? { status: 404, body: '<!doctype html><title>Not found</title>' };
  const reply = typeof found === 'function' ? await found(request, response) : found;
  if (reply !== undefined) send(request, response, reply);
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  reply: Exclude<StaticPage, StaticHandler>,
): void {
  const { status, headers, body }: StaticResponse =
    typeof reply === 'string' || reply instanceof Uint8Array ? { body: reply } : reply;
  const bytes = typeof body === 'string' ? Buffer.from(body) : (body ?? new Uint8Array(0));
  response.statusCode = status ?? 200;
  response.setHeader('content-type', 'text/html; charset=utf-8');
  response.setHeader('content-length', bytes.length);
  for (const [name, value] of Object.entries(headers ?? {})) response.setHeader(name, value);
  response.end(request.method === 'HEAD' ? undefined : bytes);
}

function fileOf(directory: string, path: string): string | undefined {
  let decoded: string;
  try {
    decoded = decodeURIComponent(path);
  } catch {
    return undefined;
  }
  // normalize() of an absolute path can't climb above it.
  const file = join(directory, normalize(`/${decoded}`), decoded.endsWith('/') ? 'index.html' : '');
  return existsSync(file) && statSync(file).isFile() ? file : undefined;
}

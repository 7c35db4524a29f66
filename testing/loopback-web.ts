/**
 * A web of many hosts on loopback addresses, each with an address of its own, from a process of its own: real sockets,
 * pages made beforehand, and books about who asked for what and how soon after the answer before.
 */

import { fork } from 'node:child_process';
import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { PageWriter } from './page-text.ts';

export interface LoopbackWebOptions {
  readonly seed: number;
  readonly hosts: number;
  readonly pagesPerHost: number;
  readonly medianPage_bytes: number;
  /** Least time between an answer and the next request to the same host. */
  readonly gap_ms: number;
}

export interface LoopbackReport {
  /** Pages that were asked for more than once. */
  readonly repeated: number;
  /** Pages that nobody asked for. */
  readonly unseen: number;
  readonly requests: number;
  /** Requests sooner after the answer before, at the same host and address, than the gap. */
  readonly violations: number;
  readonly smallestGap_ms: number;
}

/** A running web, seen from another process. */
export interface LoopbackWeb {
  readonly port: number;
  readonly medianPage_bytes: number;
  /** Every page, host by host. */
  readonly urls: readonly string[];
  /** Roots of the hosts. */
  readonly seeds: readonly string[];
  /** The books since the last call, which begin anew. */
  report(): Promise<LoopbackReport>;
  close(): Promise<void>;
}

interface Ready {
  readonly port: number;
  readonly median_bytes: number;
}

export async function startLoopbackWeb(options: LoopbackWebOptions): Promise<LoopbackWeb> {
  const child = fork(fileURLToPath(import.meta.url), [JSON.stringify(options)], { stdio: 'inherit' });
  const next = <T>(): Promise<T> =>
    new Promise((resolve, reject) => {
      const onExit = (): void => reject(new Error('the loopback web ended'));
      child.once('exit', onExit);
      child.once('message', (message) => {
        child.off('exit', onExit);
        resolve(message as T);
      });
    });
  const { port, median_bytes } = await next<Ready>();
  const hosts = Array.from({ length: options.hosts }, (_, host) => `http://${addressOf(host)}:${port}`);
  return {
    port,
    medianPage_bytes: median_bytes,
    seeds: hosts.map((origin) => `${origin}/`),
    // Made when they are asked for: kept, they would be most of a heap that is measured beside them.
    get urls(): string[] {
      return hosts.flatMap((origin) =>
        Array.from({ length: options.pagesPerHost }, (_, page) => `${origin}${pathOf(page)}`),
      );
    },
    report: () => {
      const answer = next<LoopbackReport>();
      child.send('report');
      return answer;
    },
    close: async () => {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill();
      await gone;
    },
  };
}

/** 127.0.0.1 is left to others. */
export const addressOf = (host: number): string => `127.1.${host >> 8}.${host & 255}`;
const pathOf = (page: number): string => (page === 0 ? '/' : `/articles/${page}.html`);

interface HostBooks {
  lastAnswer_ms: number;
  smallestGap_ms: number;
  violations: number;
}

/** The serving side: knows no HTTP but what our fetcher speaks, so that it costs as little as it can. */
class LoopbackServer {
  readonly #answers = new Map<string, Buffer>();
  readonly #counts = new Map<string, number>();
  readonly #hosts = new Map<string, HostBooks>();
  readonly #gap_ms: number;
  #requests = 0;
  readonly sizes: number[] = [];

  constructor({ seed, hosts, pagesPerHost, medianPage_bytes, gap_ms }: LoopbackWebOptions, port: number) {
    this.#gap_ms = gap_ms;
    const writer = new PageWriter(seed);
    for (let host = 0; host < hosts; host++) {
      const address = addressOf(host);
      const other = `http://${addressOf((host + 1) % hosts)}:${port}`;
      for (let page = 0; page < pagesPerHost; page++) {
        const children = [4 * page + 1, 4 * page + 2, 4 * page + 3, 4 * page + 4];
        const neighbours = Array.from({ length: 12 }, (_, n) => (page + 7 * n) % pagesPerHost);
        const links = [...children.filter((child) => child < pagesPerHost), ...neighbours].map((target) => ({
          href: pathOf(target),
          text: writer.sentence(3),
        }));
        links.push({ href: `${other}/`, text: writer.sentence(3) });
        const title = writer.sentence(6);
        const html = writer.page({ title, links, size_bytes: writer.size(medianPage_bytes) });
        this.sizes.push(html.length);
        this.#answers.set(`${address}${pathOf(page)}`, respond('200 OK', 'text/html; charset=utf-8', html));
      }
      this.#answers.set(
        `${address}/robots.txt`,
        respond('200 OK', 'text/plain', 'User-agent: *\nAllow: /\n'),
      );
    }
  }

  serve(socket: Socket): void {
    const address = socket.localAddress ?? '';
    let books = this.#hosts.get(address);
    if (books === undefined) {
      books = { lastAnswer_ms: Number.NEGATIVE_INFINITY, smallestGap_ms: Infinity, violations: 0 };
      this.#hosts.set(address, books);
    }
    const own = books;
    let text = '';
    socket.setNoDelay(true);
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
        const path = text.slice(4, text.indexOf(' ', 4));
        text = text.slice(end + 4);
        this.#answer(socket, own, address, path);
      }
    });
  }

  #answer(socket: Socket, books: HostBooks, address: string, path: string): void {
    const gap_ms = performance.now() - books.lastAnswer_ms;
    this.#requests += 1;
    books.smallestGap_ms = Math.min(books.smallestGap_ms, gap_ms);
    if (gap_ms < this.#gap_ms) books.violations += 1;
    const key = `${address}${path}`;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    // Taken before: the answer may be read before this process runs on.
    books.lastAnswer_ms = performance.now();
    socket.write(this.#answers.get(key) ?? NOT_FOUND);
  }

  report(): LoopbackReport {
    let repeated = 0;
    let unseen = 0;
    for (const key of this.#answers.keys()) {
      if (key.endsWith('/robots.txt')) continue;
      const count = this.#counts.get(key) ?? 0;
      if (count === 0) unseen += 1;
      if (count > 1) repeated += 1;
    }
    const hosts = [...this.#hosts.values()];
    const report = {
      repeated,
      unseen,
      requests: this.#requests,
      violations: hosts.reduce((sum, { violations }) => sum + violations, 0),
      smallestGap_ms: hosts.reduce((least, { smallestGap_ms }) => Math.min(least, smallestGap_ms), Infinity),
    };
    this.#counts.clear();
    this.#requests = 0;
    for (const books of hosts) {
      books.violations = 0;
      books.smallestGap_ms = Infinity;
    }
    return report;
  }
}

const respond = (status: string, type: string, body: string): Buffer =>
  Buffer.from(
    `HTTP/1.1 ${status}\r\nContent-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
const NOT_FOUND = respond('404 Not Found', 'text/html', '<!doctype html><title>Not found</title>');

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen({ port: 0, host: '0.0.0.0', backlog: 4096 }, resolve));
  return (server.address() as AddressInfo).port;
}

async function main(options: LoopbackWebOptions): Promise<void> {
  const server = createServer();
  const port = await listen(server);
  const web = new LoopbackServer(options, port);
  server.on('connection', (socket) => web.serve(socket));
  process.on('message', () => process.send?.(web.report()));
  process.on('disconnect', () => process.exit(0));
  const sizes = web.sizes.sort((a, b) => a - b);
  process.send?.({ port, median_bytes: sizes[sizes.length >> 1] ?? 0 } satisfies Ready);
}

const [, , given] = process.argv;
if (process.send !== undefined && process.argv[1] === import.meta.filename && given !== undefined) {
  await main(JSON.parse(given) as LoopbackWebOptions);
}

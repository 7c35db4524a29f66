/** Sites on loopback that share addresses, with books about who asked for what, how often and how soon after the answer before. */

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SharedSitesOptions {
  readonly addresses: number;
  readonly sitesPerAddress: number;
  readonly pagesPerSite: number;
  readonly latency_ms: number;
}

export interface SharedSites {
  readonly seeds: readonly string[];
  readonly urls: readonly string[];
  /** URL → how often its page was sent. */
  readonly sent: ReadonlyMap<string, number>;
  /** What crawlers call themselves. */
  readonly visitors: ReadonlySet<string>;
  /** Least time from the end of an answer to the next request, at one site and at one address; requests at once count as 0. */
  readonly smallestGap_ms: number;
  close(): Promise<void>;
}

interface Lane {
  inFlight: number;
  answered_ms: number;
}

export async function startSharedSites(options: SharedSitesOptions): Promise<SharedSites> {
  const { addresses, sitesPerAddress, pagesPerSite, latency_ms } = options;
  const sent = new Map<string, number>();
  const visitors = new Set<string>();
  const lanes = new Map<string, Lane>();
  const hosts: string[] = [];
  let smallestGap_ms = Number.POSITIVE_INFINITY;

  function enter(name: string): Lane {
    const lane = lanes.get(name) ?? { inFlight: 0, answered_ms: Number.NEGATIVE_INFINITY };
    lanes.set(name, lane);
    const gap_ms = lane.inFlight > 0 ? 0 : performance.now() - lane.answered_ms;
    smallestGap_ms = Math.min(smallestGap_ms, gap_ms);
    lane.inFlight += 1;
    return lane;
  }

  function bodyOf(host: string, page: number): string {
    const children = [2 * page + 1, 2 * page + 2].filter((child) => child < pagesPerSite);
    const next = hosts[(hosts.indexOf(host) + 1) % hosts.length] ?? host;
    const links = children.map((child) => `<a href="/p${child}">on to ${child}</a>`);
    return `<title>Page ${page} of ${host}</title><p>The falcon of page ${page} at ${host}.</p>${links.join(' ')} <a href="http://${next}${pathOf(page)}">next door</a>`;
  }

  const servers = Array.from({ length: sitesPerAddress }, () =>
    createServer((request, response) => {
      const host = request.headers.host ?? '';
      const own = [enter(host), enter(host.split(':')[0] ?? '')];
      visitors.add(request.headers['user-agent'] ?? '');
      setTimeout(() => {
        for (const lane of own) {
          lane.inFlight -= 1;
          // Before the client can know: what is measured is never more than the truth.
          lane.answered_ms = performance.now();
        }
        const page = request.url === '/' ? 0 : Number(/^\/p([1-9]\d*)$/.exec(request.url ?? '')?.[1] ?? NaN);
        if (!(page < pagesPerSite)) {
          response.writeHead(404).end();
          return;
        }
        const url = `http://${host}${request.url}`;
        sent.set(url, (sent.get(url) ?? 0) + 1);
        response.writeHead(200, { 'content-type': 'text/html' }).end(bodyOf(host, page));
      }, latency_ms);
    }),
  );
  for (const server of servers) {
    await listen(server);
    const { port } = server.address() as AddressInfo;
    for (let n = 0; n < addresses; n++) hosts.push(`127.0.0.${n + 2}:${port}`);
  }
  return {
    seeds: hosts.map((host) => `http://${host}/`),
    urls: hosts.flatMap((host) =>
      Array.from({ length: pagesPerSite }, (_, page) => `http://${host}${pathOf(page)}`),
    ),
    sent,
    visitors,
    get smallestGap_ms() {
      return smallestGap_ms;
    },
    close: async () => {
      for (const server of servers) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
}

const pathOf = (page: number): string => (page === 0 ? '/' : `/p${page}`);

function listen(server: Server): Promise<void> {
  return new Promise((resolve) => server.listen(0, '0.0.0.0', resolve));
}

/** A crawl of sites on loopback that goes on beside whatever is done to a cluster, and what came of it in the end. */

import { must } from '../src/base/index.ts';
import type { HostProcess } from './cluster-hosts.ts';
import { pause } from './cluster-load.ts';
import { type SharedSites, type SharedSitesOptions, startSharedSites } from './shared-sites.ts';

const DONE_MS: number = 5 * 60_000;

export interface CrawlOutcome {
  readonly crawled_pages: number;
  /** Pages that were never sent. */
  readonly crawl_missing: number;
  /** Times that a page was sent once more: what was under way when its host died. */
  readonly crawl_repeated: number;
  /** Least time between two requests to one site or address; not below `crawl_delay_ms` where all is well. */
  readonly crawl_smallest_gap_ms: number;
  readonly crawl_delay_ms: number;
}

export class ClusterCrawlLoad {
  readonly #sites: SharedSites;
  readonly #delay_ms: number;

  private constructor(sites: SharedSites, delay_ms: number) {
    this.#sites = sites;
    this.#delay_ms = delay_ms;
  }

  static async begin(
    host: HostProcess,
    options: SharedSitesOptions,
    delay_ms: number,
  ): Promise<ClusterCrawlLoad> {
    const sites = await startSharedSites(options);
    const response = await fetch(`${host.origin}/crawl`, {
      method: 'POST',
      headers: { authorization: `Bearer ${host.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ seeds: sites.seeds, delay_ms, allowPrivate: true }),
    });
    if (!response.ok) throw new Error(`no crawl begins: ${await response.text()}`);
    return new ClusterCrawlLoad(sites, delay_ms);
  }

  /** Pages that were sent so far. */
  get sent(): number {
    return this.#sites.sent.size;
  }

  /** Waits until any of these hosts says that it is over. */
  async over(hosts: readonly HostProcess[]): Promise<CrawlOutcome> {
    const { sent, smallestGap_ms, urls } = this.#sites;
    for (let waited_ms = 0; waited_ms < DONE_MS; waited_ms += 500) {
      if ((await stateOf(must(hosts[0], 'a host'))) === 'done') break;
      await pause(500);
    }
    return {
      crawled_pages: sent.size,
      crawl_missing: urls.filter((url) => !sent.has(url)).length,
      crawl_repeated: [...sent.values()].reduce((sum, count) => sum + count - 1, 0),
      crawl_smallest_gap_ms: Math.floor(smallestGap_ms),
      crawl_delay_ms: this.#delay_ms,
    };
  }

  close(): Promise<void> {
    return this.#sites.close();
  }
}

async function stateOf(host: HostProcess): Promise<string | undefined> {
  const response = await fetch(`${host.origin}/crawl`, {
    headers: { authorization: `Bearer ${host.key}` },
    signal: AbortSignal.timeout(10_000),
  }).catch(() => undefined);
  if (response?.ok !== true) return undefined;
  return ((await response.json()) as { progress: { state: string } }).progress.state;
}

/** Outlinks of imported pages, gathered to be crawled: only where the import was asked to. */

import type { CollectionName, Engine } from '../collection/index.ts';
import type { CrawlRequest } from '../crawl/index.ts';

/** Links kept; further ones are found by crawling what these lead to. */
export const MAX_GATHERED_LINKS = 100_000;

export class LinkGatherer {
  readonly #engine: Engine;
  readonly #collection: CollectionName;
  readonly #links = new Set<string>();
  readonly #isBanned: (url: string) => boolean;

  constructor(engine: Engine, collection: CollectionName, isBanned: (url: string) => boolean = () => false) {
    this.#engine = engine;
    this.#collection = collection;
    this.#isBanned = isBanned;
  }

  get links(): readonly string[] {
    return [...this.#links];
  }

  /** Takes an address that somebody meant to crawl. */
  add(url: string): void {
    if (this.#links.size >= MAX_GATHERED_LINKS || !/^https?:/i.test(url)) return;
    if (!this.#isBanned(url)) this.#links.add(url);
  }

  /** Takes the links of a stored page that a crawler may follow. */
  async gather(url: string): Promise<void> {
    const found = await this.#engine.get(this.#collection, { url });
    if (found === undefined || found.document.robots.nofollow) return;
    for (const link of found.document.links) if (!link.nofollow) this.add(link.url);
  }
}

/** Hands them to the crawler, as start addresses of a crawl that stays on their sites. */
export async function followLinks(
  engine: Engine,
  collection: CollectionName,
  { links }: LinkGatherer,
  settings: Omit<CrawlRequest, 'seeds'> = {},
): Promise<void> {
  if (links.length > 0) await engine.startCrawl(collection, { ...settings, seeds: links });
}

/** Makes the crawler of a process: one that crawls alone, or one of several that crawl together. */

import { systemRandom } from '../base/index.ts';
import { CrawlCrew } from './crawl-crew.ts';
import { buildServices, closeServices } from './crawl-services.ts';
import { ProcessCrawler } from './crawler.ts';
import type { Crawler, CrawlerOptions } from './crawler-contract.ts';
import { CrewCrawler } from './crew-crawler.ts';

export function createCrawler(options: CrawlerOptions): Crawler {
  const { clock, log, onRoundEnd, peers, random = systemRandom, shards } = options;
  if (peers === undefined) {
    const services = buildServices(options, undefined);
    return new ProcessCrawler({ services, onRoundEnd, onClosed: () => closeServices(services) });
  }
  const session = `${peers.self}/${random.below(2 ** 32).toString(36)}`;
  const crew = new CrawlCrew({ peers, shards, clock, log, session });
  return new CrewCrawler({ crew, services: buildServices(options, crew), onRoundEnd });
}

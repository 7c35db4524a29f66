/** When links are looked at: after each round of a crawl, and when somebody asks. */

import { type CollectionId, isPeregrineError, type LogSink, messageOf } from '../base/index.ts';
import type { Disk, DiskFile } from '../disk/index.ts';
import type { ParsePool } from '../document/index.ts';
import type { OutboxSender, Shards } from '../storage/index.ts';
import { AsideFiles } from './aside-files.ts';
import type { IndexFleet } from './index-fleet.ts';
import { LinkPass, type LinkReport } from './link-pass.ts';
import { stopWhere } from './shard-titles.ts';

export interface LinkCareParts {
  /** For links that are too many to be held. */
  readonly disk: Disk;
  readonly shards: Shards;
  readonly indexes: IndexFleet;
  readonly log: LogSink;
  /** Links of one shard's documents to those of another travel by it. */
  readonly outbox: OutboxSender;
  /** Where documents are analysed anew. */
  readonly parsePool: Pick<ParsePool, 'analyse'>;
}

interface Passes {
  running: Promise<LinkReport>;
  /** The one that begins when that one has ended. */
  next: Promise<LinkReport> | undefined;
}

export class LinkCare {
  readonly #parts: LinkCareParts;
  readonly #closing = new AbortController();
  readonly #underWay = new Map<CollectionId, Passes>();

  constructor(parts: LinkCareParts) {
    this.#parts = parts;
  }

  /** Ranks, and indexes what links say; what was stored before the call is counted. `CANCELLED`. */
  refresh(collection: CollectionId): Promise<LinkReport> {
    const known = this.#underWay.get(collection);
    if (known !== undefined) {
      // The pass under way may have missed what came last: all who ask meanwhile share the one behind it.
      known.next ??= known.running.then(
        () => this.refresh(collection),
        () => this.refresh(collection),
      );
      return known.next;
    }
    const running = this.#pass(collection).finally(() => this.#underWay.delete(collection));
    this.#underWay.set(collection, { running, next: undefined });
    return running;
  }

  async #pass(collection: CollectionId): Promise<LinkReport> {
    const { disk, log, outbox } = this.#parts;
    await outbox.drained();
    stopWhere(this.#closing.signal);
    const aside = new AsideFiles(disk, `links-${collection}`);
    const openAside = (name: string): Promise<DiskFile> => aside.open(name);
    try {
      const { signal } = this.#closing;
      const pass = await LinkPass.over({ ...this.#parts, collection, openAside, signal });
      const report = await pass.run();
      log.write('info', 'links.ranked', { collection, ...report });
      return report;
    } finally {
      await aside.close();
    }
  }

  /** A crawl has met all it could: what its pages say of one another is indexed now, while nobody waits. */
  roundEnded(collection: CollectionId): void {
    if (this.#closing.signal.aborted) return;
    this.refresh(collection).catch((error: unknown) => {
      if (this.#closing.signal.aborted || isPeregrineError(error, 'CANCELLED')) return;
      this.#parts.log.write('error', 'links.failed', { collection, message: messageOf(error) });
    });
  }

  /** Resolves when no pass of the collection is under way. */
  async idle(collection: CollectionId): Promise<void> {
    const passes = this.#underWay.get(collection);
    await Promise.allSettled([passes?.running, passes?.next]);
  }

  /** Stops what is under way; the next pass begins anew. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all([...this.#underWay.keys()].map((collection) => this.idle(collection)));
  }
}

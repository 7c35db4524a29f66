/** Opens a data directory: lock, shards, indexes, collections, crawler. */

import { readFileSync } from 'node:fs';
import {
  type Clock,
  type LogSink,
  messageOf,
  PeregrineError,
  silentLog,
  systemClock,
} from '../base/index.ts';
import { type CrawlEvent, createCrawler, type FetchTimeouts, readAccess } from '../crawl/index.ts';
import type { Disk } from '../disk/index.ts';
import { createParsePool } from '../document/index.ts';
import { createShardIndex, QueryThreads } from '../index/index.ts';
import { OutboxSender, prepareShards, settleShardCount, type Store } from '../storage/index.ts';
import { CollectionRegistry } from './collection-registry.ts';
import { Courtesy } from './courtesy.ts';
import { createDocumentSink } from './document-sink.ts';
import { type EngineParts, LocalEngine } from './engine.ts';
import { ForgottenPages } from './forgotten-pages.ts';
import { holdDirectory } from './hold-directory.ts';
import { JobNotes } from './job-notes.ts';
import { KeptSettings } from './kept-settings.ts';
import type { Engine } from './engine-contract.ts';
import { LinkCare } from './link-care.ts';
import { LocalIndexCare } from './index-care.ts';
import { startMaintenance } from './maintenance.ts';
import { watchMemory } from './memory-keeper.ts';
import { defaultMemory_bytes, planMemory } from './memory-plan.ts';
import { RuleBook } from './rule-book.ts';
import { SearchLab } from './search-lab.ts';
import { ReadPath } from './read-path.ts';
import { CLUSTER_FILE, openAllHere, type OpenShard, type ShardsLayer } from './shards-layer.ts';
import { WritePath } from './write-path.ts';

/** Every page is read about once a week; this is how fast. */
const SCRUB_BYTES_PER_SECOND: number = 2 * 1024 * 1024;

export interface EngineOptions {
  /** Made where it does not exist. Held by one process at a time: else `LOCKED`. */
  readonly dataDirectory: string;
  /** Shards of a new directory, 1 … 64; default 1. An existing one keeps its number: another is `BAD_ARGUMENT`. */
  readonly shards?: number;
  /**
   * All processes together. Default 512 MiB and 128 for each core beyond the second up to the fifth, or four fifths of what
   * the control group allows; at least 128 MiB.
   */
  readonly memory_bytes?: number;
  /** Threads for long searches, 0 … 16, started when they are needed; default 0: all on the calling thread. */
  readonly queryThreads?: number;
  /** Reads each held page of records again before it is used, and logs where the two differ; default false. */
  readonly checksPageCache?: boolean;
  readonly log?: LogSink;
  readonly clock?: Clock;
  /** Address or URL that site owners can turn to; stands in the User-Agent. */
  readonly contact?: string;
  /** A file with passwords of sites, proxies and certificates; `BAD_ARGUMENT` where others may read it. */
  readonly crawlAccess?: string;
  /** Where bytes go. Default: the file system below `dataDirectory`. */
  readonly disk?: Disk;
  /** Hears of every crawled URL, once its outcome is durable. */
  readonly onCrawlEvent?: (event: CrawlEvent) => void;
  /** How long a crawl's requests may take; default 10 s to connect, 15 s for the answer to begin, 60 s in all. */
  readonly fetchTimeouts?: Partial<FetchTimeouts>;
  /** Waits before a failed fetch is tried again; default 1 s, 10 s, 60 s. */
  readonly retryDelays_ms?: readonly number[];
  /** Go on with crawls and rebuilds that were running when the directory was last closed; default true. */
  readonly resumeCrawls?: boolean;
  /**
   * Change nothing, for a disk that takes no writes: what the log holds is replayed into memory, changes are `READ_ONLY`, crawls and
   * merges rest. Any number of processes may read a directory at once, while none writes it. Not in a cluster. Default false.
   */
  readonly readsOnly?: boolean;
  /** What stands between the engine and its stores: in a cluster, the shared logs. Default: nothing. */
  readonly layer?: ShardsLayer;
}

/** `LOCKED`, `CORRUPT`, `UNSUPPORTED_VERSION`, `BAD_ARGUMENT`, `IO`. */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  const {
    dataDirectory,
    clock = systemClock,
    log = silentLog,
    memory_bytes = defaultMemory_bytes(),
    queryThreads = 0,
    checksPageCache = false,
    readsOnly = false,
  } = options;
  const access = options.crawlAccess === undefined ? undefined : await readAccess(options.crawlAccess);
  const directory = await holdDirectory({ dataDirectory, readsOnly, disk: options.disk, log });
  const { disk } = directory;
  const undo: (() => Promise<void>)[] = [() => directory.release()];
  try {
    if (options.layer === undefined) await refuseHostOfCluster(disk);
    const count = await settleShardCount(disk, options.shards);
    const plan = planMemory(memory_bytes, count);
    const opener = await prepareShards({
      disk,
      count,
      pageCache_bytes: plan.pageCache_bytes,
      checksPageCache,
      memory_bytes: plan.memtable_bytes,
      store: { scrub_bytesPerSecond: readsOnly ? 0 : SCRUB_BYTES_PER_SECOND, readsOnly },
      clock,
      log,
    });
    const courtesy = new Courtesy();
    const threads = queryThreads === 0 ? undefined : new QueryThreads({ count: queryThreads, log });
    undo.push(async () => threads?.close());
    const open: OpenShard = async (shard) => {
      const index = createShardIndex({
        disk,
        memory_bytes: plan.indexFrames_bytes,
        log,
        pause: () => courtesy.pass(),
        ...(threads !== undefined && { threads }),
      });
      return { store: await opener.open(shard, [index]), index };
    };
    const place = { disk, opener, open };
    const layered = await options.layer?.over(place);
    const shards = layered ?? (await openAllHere(place));
    undo.push(() => shards.close());
    const outbox = new OutboxSender(shards, log);
    undo.push(() => outbox.stop());
    const parsePool = createParsePool({ processes: plan.parsers, memory_mb: plan.parser_mb });
    undo.push(() => parsePool.close());
    const first = shards.all[0];
    if (first === undefined) throw new PeregrineError('INTERNAL', 'A data directory has at least one shard.');
    const registry = await CollectionRegistry.open(first, clock);
    const notes = new JobNotes(shards);
    const settings = new KeptSettings(notes, clock, layered?.crawlPeers.self ?? '');
    const rules = new RuleBook(settings);
    const readPath = new ReadPath(shards, shards.indexes, clock, rules);
    const lab = new SearchLab(rules, notes, (...asked) => readPath.search(...asked), clock);
    const writePath = new WritePath(shards, outbox);
    const forgotten = new ForgottenPages(notes);
    const version = programVersion();
    const linkCare = new LinkCare({ disk, shards, indexes: shards.indexes, log, outbox, parsePool });
    const crawler = createCrawler({
      shards,
      sink: createDocumentSink({ parsePool, readPath, writePath, forgotten, courtesy }),
      clock,
      log,
      version,
      nameOf: (collection) =>
        registry.entries().find(({ id }) => id === collection)?.name ?? String(collection),
      onRoundEnd: (collection) => {
        linkCare.roundEnded(collection);
        // The ranks of pages are part of what answers are worth.
        linkCare
          .idle(collection)
          .then(() => lab.roundEnded(collection))
          .catch((error: unknown) => {
            log.write('warn', 'lab.not-measured', { collection, message: messageOf(error) });
          });
      },
      ...(layered === undefined ? {} : { peers: layered.crawlPeers }),
      ...(options.contact === undefined ? {} : { contact: options.contact }),
      ...(access === undefined ? {} : { access }),
      ...(options.onCrawlEvent === undefined ? {} : { onEvent: options.onCrawlEvent }),
      ...(options.fetchTimeouts === undefined ? {} : { fetchTimeouts: options.fetchTimeouts }),
      ...(options.retryDelays_ms === undefined ? {} : { retryDelays_ms: options.retryDelays_ms }),
    });
    const memory = watchMemory({
      limit_bytes: memory_bytes,
      others_bytes: () => parsePool.memory_bytes,
      sinceAsked_ms: () => courtesy.since_ms,
      shed: () => {
        opener.pageCache.shed();
        log.write('info', 'memory.shed', { limit_bytes: memory_bytes });
      },
    });
    const maintenance = startMaintenance({
      // What is only read has nothing to be merged or flushed.
      held: () => (readsOnly ? [] : shards.held()),
      collectGarbage: () => memory.keeper.collect(true),
      clock,
      log,
    });
    const indexCare = new LocalIndexCare({ shards, registry, log });
    const parts: EngineParts = {
      version,
      dataDirectory,
      isReadOnly: readsOnly,
      memoryLimit_bytes: memory_bytes,
      clock,
      log,
      disk,
      shards,
      registry,
      parsePool,
      readPath,
      writePath,
      notes,
      settings,
      forgotten,
      crawler,
      maintenance,
      indexCare,
      linkCare,
      lab,
      outbox,
      courtesy,
      release: async () => {
        memory.stop();
        await threads?.close();
        await directory.release();
      },
    };
    undo.push(
      async () => memory.stop(),
      () => maintenance.stop(),
      () => crawler.close(),
      () => linkCare.close(),
      () => indexCare.close(),
    );
    if (readsOnly) return new LocalEngine(parts);
    outbox.start();
    for (const { store } of shards.held()) flushWhatWasReplayed(store, log);
    await layered?.begin({
      wakeOutbox: (store) => outbox.wake(store),
      reloadCollections: async () => {
        await registry.reload();
        await rules.reload();
      },
    });
    // In a cluster it takes its part in what others have begun, whatever is asked.
    if (options.resumeCrawls !== false || layered !== undefined) await crawler.resumeAll();
    if (options.resumeCrawls !== false && layered === undefined) await indexCare.resumeAll();
    return new LocalEngine(parts);
  } catch (error) {
    for (const step of undo.reverse()) await step().catch(() => undefined);
    throw error;
  }
}

/** After a kill: what the log had to give back goes into files, so that log and next opening stay short however often it happens. */
function flushWhatWasReplayed(store: Store, log: LogSink): void {
  const { firstSeq, lastSeq } = store.status().recovery;
  if (lastSeq < firstSeq) return;
  store.flush().catch((error: unknown) => {
    log.write('warn', 'storage.flush-failed', { shard: store.shard, message: messageOf(error) });
  });
}

/** What is written past the shared logs would be on this host alone. */
async function refuseHostOfCluster(disk: Disk): Promise<void> {
  if ((await disk.stat(CLUSTER_FILE)) === undefined) return;
  throw new PeregrineError(
    'BAD_ARGUMENT',
    `This data directory belongs to a host of a cluster. Start it with: serve --cluster. To take it out of the cluster for good, remove the file "${CLUSTER_FILE}" in it.`,
    { file: CLUSTER_FILE },
  );
}

export function programVersion(): string {
  for (const path of ['../../package.json', '../../../package.json']) {
    try {
      const manifest = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as {
        version?: string;
      };
      if (manifest.version !== undefined) return manifest.version;
    } catch {
      // Source tree and published package differ by one level.
    }
  }
  return '0.0.0';
}

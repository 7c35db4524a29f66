/** Opens a data directory: lock, shards, indexes, collections, crawler. */

import {
  type LogSink,
  messageOf,
  PeregrineError,
  programVersion,
  silentLog,
  systemClock,
} from '../base/index.ts';
import { readAccess } from '../crawl/index.ts';
import type { Disk } from '../disk/index.ts';
import { createParsePool } from '../document/index.ts';
import { createShardIndex, QueryThreads } from '../index/index.ts';
import { OutboxSender, prepareShards, settleShardCount, type Store } from '../storage/index.ts';
import { CollectionRegistry } from './collection-registry.ts';
import { Courtesy } from './courtesy.ts';
import { createDocumentSink } from './document-sink.ts';
import { createEngineCrawler } from './engine-crawler.ts';
import type { EngineOptions } from './engine-options.ts';
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
import { CLUSTER_FILE, openAllHere, type OpenShard } from './shards-layer.ts';
import { WritePath } from './write-path.ts';

/** Every page is read about once a week; this is how fast. */
const SCRUB_BYTES_PER_SECOND: number = 2 * 1024 * 1024;

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
    const crawler = createEngineCrawler(
      options,
      { shards, registry, linkCare, lab, clock, log, version, access, peers: layered?.crawlPeers },
      createDocumentSink({ parsePool, readPath, writePath, forgotten, courtesy }),
    );
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
      scrub_bytesPerSecond: readsOnly ? 0 : SCRUB_BYTES_PER_SECOND,
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

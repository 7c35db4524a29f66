/** Opens a data directory: lock, shards, indexes, collections, crawler. */

import {
  type LogSink,
  messageOf,
  PeregrineError,
  programVersion,
  silentLog,
  systemClock,
} from '../base/index.ts';
import { type CrawlAccess, readAccess } from '../crawl/index.ts';
import type { Disk } from '../disk/index.ts';
import { createParsePool } from '../document/index.ts';
import { createShardIndex, QueryThreads } from '../index/index.ts';
import {
  OutboxSender,
  type PageCache,
  prepareShards,
  settleShardCount,
  type Store,
} from '../storage/index.ts';
import { CollectionRegistry } from './collection-registry.ts';
import { Courtesy } from './courtesy.ts';
import { createDocumentSink } from './document-sink.ts';
import { createEngineCrawler } from './engine-crawler.ts';
import type { EngineOptions } from './engine-options.ts';
import { type EngineParts, LocalEngine } from './engine.ts';
import { ForgottenPages } from './forgotten-pages.ts';
import { type HeldDirectory, holdDirectory } from './hold-directory.ts';
import { JobNotes } from './job-notes.ts';
import { KeptSettings } from './kept-settings.ts';
import type { Engine } from './engine-contract.ts';
import { LinkCare } from './link-care.ts';
import { LocalIndexCare } from './index-care.ts';
import { startMaintenance } from './maintenance.ts';
import { watchMemory } from './memory-keeper.ts';
import { defaultMemory_bytes, type MemoryPlan, planMemory } from './memory-plan.ts';
import { RuleBook } from './rule-book.ts';
import { SearchLab } from './search-lab.ts';
import { ReadPath } from './read-path.ts';
import {
  CLUSTER_FILE,
  type EngineShards,
  type LayeredShards,
  openAllHere,
  type OpenShard,
} from './shards-layer.ts';
import { WritePath } from './write-path.ts';

/** Every page is read about once a week; this is how fast. */
const SCRUB_BYTES_PER_SECOND: number = 2 * 1024 * 1024;

/** Options with what is taken where nothing is said. */
type SettledOptions = EngineOptions &
  Required<
    Pick<EngineOptions, 'clock' | 'log' | 'memory_bytes' | 'queryThreads' | 'checksPageCache' | 'readsOnly'>
  >;

/** Steps that take an opening back, the last first. */
type Undo = (() => Promise<void>)[];

/** `LOCKED`, `CORRUPT`, `UNSUPPORTED_VERSION`, `BAD_ARGUMENT`, `IO`. */
export async function openEngine(given: EngineOptions): Promise<Engine> {
  const options: SettledOptions = {
    ...given,
    clock: given.clock ?? systemClock,
    log: given.log ?? silentLog,
    memory_bytes: given.memory_bytes ?? defaultMemory_bytes(),
    queryThreads: given.queryThreads ?? 0,
    checksPageCache: given.checksPageCache ?? false,
    readsOnly: given.readsOnly ?? false,
  };
  const access = given.crawlAccess === undefined ? undefined : await readAccess(given.crawlAccess);
  const { dataDirectory, readsOnly, log } = options;
  const directory = await holdDirectory({ dataDirectory, readsOnly, disk: given.disk, log });
  const undo: Undo = [() => directory.release()];
  try {
    const stores = await openStores(options, directory.disk, undo);
    const { parts, rules } = await putTogether(options, { directory, stores, access }, undo);
    if (readsOnly) await parts.crawler.resumeAll('resting');
    else await goOn(options, parts, rules, stores.layered);
    return new LocalEngine(parts);
  } catch (error) {
    for (const step of undo.reverse()) await step().catch(() => undefined);
    throw error;
  }
}

interface OpenedStores {
  readonly plan: MemoryPlan;
  readonly courtesy: Courtesy;
  readonly threads: QueryThreads | undefined;
  readonly pageCache: PageCache;
  readonly shards: EngineShards;
  /** The same shards, where they are a cluster's. */
  readonly layered: LayeredShards | undefined;
}

/** Shards with their indexes, here or over a layer. */
async function openStores(
  {
    shards: wanted,
    memory_bytes,
    queryThreads,
    checksPageCache,
    readsOnly,
    clock,
    log,
    layer,
  }: SettledOptions,
  disk: Disk,
  undo: Undo,
): Promise<OpenedStores> {
  if (layer === undefined) await refuseHostOfCluster(disk);
  const count = await settleShardCount(disk, wanted);
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
  const layered = await layer?.over(place);
  const shards = layered ?? (await openAllHere(place));
  undo.push(() => shards.close());
  return { plan, courtesy, threads, pageCache: opener.pageCache, shards, layered };
}

interface PartsBelow {
  readonly directory: HeldDirectory;
  readonly stores: OpenedStores;
  readonly access: CrawlAccess | undefined;
}

/** All that an engine is made of; nothing of it has begun to work by itself but what watches memory and tends to files. */
async function putTogether(
  options: SettledOptions,
  { directory, stores, access }: PartsBelow,
  undo: Undo,
): Promise<{ readonly parts: EngineParts; readonly rules: RuleBook }> {
  const { clock, log, memory_bytes, readsOnly } = options;
  const { plan, courtesy, threads, pageCache, shards, layered } = stores;
  const { disk } = directory;
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
      pageCache.shed();
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
  const indexCare = new LocalIndexCare({ shards, registry, log, clock });
  undo.push(
    async () => memory.stop(),
    () => maintenance.stop(),
    () => crawler.close(),
    () => linkCare.close(),
    () => indexCare.close(),
  );
  const parts: EngineParts = {
    version,
    dataDirectory: options.dataDirectory,
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
  return { parts, rules };
}

/** Goes on with what was under way when the directory was last open. */
async function goOn(
  { resumeCrawls = true, log }: SettledOptions,
  { shards, outbox, registry, crawler, indexCare }: EngineParts,
  rules: RuleBook,
  layered: LayeredShards | undefined,
): Promise<void> {
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
  await crawler.resumeAll(resumeCrawls || layered !== undefined ? undefined : 'resting');
  if (resumeCrawls && layered === undefined) await indexCare.resumeAll();
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

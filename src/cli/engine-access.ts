/**
 * Reaching the engine of a data directory: opened here where nobody holds it, else through the socket of the process
 * that does. Commands need not care which.
 */

import { stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

import { isPeregrineError, type LogSink, PeregrineError, toShardId } from '../base/index.ts';
import type { Engine } from '../collection/index.ts';
import type { EngineCalls } from '../server/index.ts';
import type { Imports } from '../transfer/index.ts';
import { commandName } from './command-name.ts';
import { logTo } from './terminal-log.ts';
import type { SharedOptions } from './shared-options.ts';
import type { Terminal } from './terminal.ts';

export interface EngineAccess {
  readonly calls: EngineCalls;
  /** Set where the engine runs in this process. */
  readonly own: Engine | undefined;
}

export interface AccessNeeds {
  /** The directory must have been made by an earlier command. Default false. */
  readonly mustExist?: boolean;
  /** Go on with crawls that were under way when the directory was last closed. Default false. */
  readonly resumeCrawls?: boolean;
  /** Waits before a failed fetch is tried again; default: the crawler's, which are for the web. */
  readonly retryDelays_ms?: readonly number[];
  /** Default: as the options say, on the terminal. */
  readonly log?: LogSink;
}

/** Opens the engine or connects to it; `calls.close()` when done. `NOT_FOUND`, `LOCKED` and the errors of opening. */
export async function reachEngine(
  terminal: Terminal,
  options: SharedOptions,
  needs: AccessNeeds = {},
): Promise<EngineAccess> {
  try {
    const own = await openOwnEngine(terminal, options, needs);
    return { calls: localCalls(own), own };
  } catch (error) {
    if (!isPeregrineError(error, 'LOCKED')) throw error;
    const { connectToEngine } = await import('../server/index.ts');
    return { calls: await connectToEngine(resolve(options.dataDir)), own: undefined };
  }
}

/** Opens the engine in this process; `LOCKED` where another one holds the directory. */
export async function openOwnEngine(
  terminal: Terminal,
  options: SharedOptions,
  { mustExist = false, resumeCrawls = false, retryDelays_ms, log }: AccessNeeds = {},
): Promise<Engine> {
  const dataDirectory = resolve(options.dataDir);
  if (mustExist && !(await isDataDirectory(dataDirectory))) {
    throw new PeregrineError(
      'NOT_FOUND',
      `There is no index in ${options.dataDir} yet. Make one with: ${commandName(terminal)} crawl https://www.example.org/`,
      { file: dataDirectory },
    );
  }
  return terminal.openEngine({
    dataDirectory,
    resumeCrawls,
    log: log ?? logTo(terminal, options),
    ...(retryDelays_ms === undefined ? {} : { retryDelays_ms }),
    ...(options.memory === undefined ? {} : { memory_bytes: options.memory }),
    ...(options.shards === undefined ? {} : { shards: options.shards }),
    ...(options.queryThreads === undefined ? {} : { queryThreads: options.queryThreads }),
    readsOnly: options.readOnly === 'on',
    checksPageCache: options.pageCacheCheck === 'on',
    ...(options.contact === undefined ? {} : { contact: options.contact }),
    ...(options.crawlAccess === undefined ? {} : { crawlAccess: options.crawlAccess }),
  });
}

/** Makes the collection unless it is there. */
export async function ensureCollection(calls: EngineCalls, collection: string): Promise<void> {
  if ((await calls.collections()).includes(collection)) return;
  try {
    await calls.createCollection(collection);
  } catch (error) {
    // Somebody else was faster: what was wanted is there.
    if (!isPeregrineError(error, 'ALREADY_EXISTS')) throw error;
  }
}

export function localCalls(engine: Engine): EngineCalls {
  return {
    collections: async () => engine.collections(),
    createCollection: async (collection) => engine.createCollection(collection),
    deleteCollection: async (collection) => engine.deleteCollection(collection),
    search: async (collection, request) => engine.search(collection, request),
    explain: async (collection, request) => engine.explain(collection, request),
    searchRules: async (collection) => engine.searchRules(collection),
    setSearchRules: async (collection, rules) => engine.setSearchRules(collection, rules),
    compareSearchRules: async (collection, rules) => engine.compareSearchRules(collection, rules),
    searchQuality: async (collection) => engine.searchQuality(collection),
    measureSearchQuality: async (collection) => engine.measureSearchQuality(collection),
    whyNot: async (collection, request) => engine.whyNot(collection, request),
    inject: async (collection, request, options) => engine.inject(collection, request, options),
    remove: async (collection, address) => engine.remove(collection, address),
    read: async (collection, address) =>
      (await import('../server/index.ts')).readPage(engine, collection, address),
    startCrawl: async (collection, request) => engine.startCrawl(collection, request),
    pauseCrawl: async (collection) => engine.pauseCrawl(collection),
    resumeCrawl: async (collection) => engine.resumeCrawl(collection),
    stopCrawl: async (collection) => engine.stopCrawl(collection),
    crawlProgress: async (collection) => engine.crawlProgress(collection),
    store: async (task, onEvent, signal) => engine.store(task, onEvent, signal),
    status: async () => engine.status(),
    indexWork: async (collection, work, signal) =>
      engine.indexCare[work](collection, signal === undefined ? {} : { signal }),
    indexProgress: async () => engine.indexCare.progress(),
    startImport: async (collection, request) =>
      (await importsOfEngine(engine)).start(collection, request).report(),
    imports: async (collection) => (await importsOfEngine(engine)).reports(collection),
    pauseImport: async (collection, id) => (await importsOfEngine(engine)).pause(collection, id),
    transfer: async (collection, task, onEvent, signal) =>
      (await import('../transfer/index.ts')).runTransferTask(engine, collection, task, onEvent, signal),
    close: async () => {
      await (await importsOfEngine(engine)).close();
      await engine.close();
    },
  };
}

/** Loaded when it is asked for: most commands move no documents. */
async function importsOfEngine(engine: Engine): Promise<Imports> {
  return (await import('../transfer/index.ts')).importsOf(engine);
}

/**
 * Looked at before it is opened: opening would make one of whatever folder it is. One whose file of shards alone is missing
 * counts, so that opening it says so. `IO` where this user may not look, `BAD_ARGUMENT` where a file is in the way.
 */
async function isDataDirectory(path: string): Promise<boolean> {
  const { SHARD_COUNT_FILE, shardDirectory, SHARDS_MADE_FILE } = await import('../storage/index.ts');
  const names = [SHARD_COUNT_FILE, SHARDS_MADE_FILE, shardDirectory(toShardId(0))];
  for (const name of names) if (await isThere(join(path, name))) return true;
  return false;
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    const { fromSystemError } = await import('../disk/index.ts');
    const typed = fromSystemError(error, 'stat', { file: path });
    if (typed.code === 'NOT_FOUND') return false;
    if (typed.facts['system_code'] !== 'ENOTDIR') throw typed;
    throw new PeregrineError(
      'BAD_ARGUMENT',
      `${dirname(path)} is a file, or lies below one, and no data directory: name a folder with --data-dir.`,
      { file: path },
    );
  }
}

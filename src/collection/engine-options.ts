/** What an engine is opened with. */

import type { Clock, LogSink } from '../base/index.ts';
import type { CrawlEvent, FetchTimeouts } from '../crawl/index.ts';
import type { Disk } from '../disk/index.ts';
import type { ShardsLayer } from './shards-layer.ts';

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

/** Where an engine's shards are: all in this process, or, under a layer, in part on other hosts of a cluster. */

import type { ShardId } from '../base/index.ts';
import type { CrawlPeers } from '../crawl/index.ts';
import type { Disk } from '../disk/index.ts';
import type { ShardIndex } from '../index/index.ts';
import type { MaintainedStore, OpenShards, ShardOpener, Store } from '../storage/index.ts';
import { type IndexFleet, LocalIndexFleet } from './index-fleet.ts';

/** Stands in a data directory whose shards belong to a cluster, with its name. */
export const CLUSTER_FILE = 'cluster';

/** A shard that is open in this process. */
export interface HeldShard {
  readonly store: MaintainedStore;
  readonly index: ShardIndex;
}

/** Opens a shard's directory in this process. */
export type OpenShard = (shard: ShardId) => Promise<HeldShard>;

export interface EngineShards extends OpenShards {
  readonly indexes: IndexFleet;
  /** Those that are open in this process at this moment. */
  held(): readonly HeldShard[];
}

export interface ShardsLayer {
  /** Shards that read and write as those of one machine would, wherever they are. */
  over(place: LayerPlace): Promise<LayeredShards>;
}

export interface LayerPlace {
  readonly disk: Disk;
  readonly opener: ShardOpener;
  /** For those that this host is to hold. */
  readonly open: OpenShard;
}

export interface LayeredShards extends EngineShards {
  /** The processes whose crawlers work together over these shards. */
  readonly crawlPeers: CrawlPeers;
  /** The engine stands: from now on its parts may be told what changes. */
  begin(engine: LayerHooks): Promise<void>;
}

/** What a layer asks of the engine above it. */
export interface LayerHooks {
  /** Delivers what waits in the outbox of a store: this process is to do that now. */
  wakeOutbox(store: Store): void;
  /** Reads anew which collections there are, and the rules of those that were searched. */
  reloadCollections(): Promise<void>;
}

/** All of them in this process. */
export async function openAllHere({ opener, open }: LayerPlace): Promise<EngineShards> {
  const held: HeldShard[] = [];
  const shards = await opener.openAll(async (shard) => {
    const opened = await open(shard);
    held[shard] = opened;
    return opened.store;
  });
  return { ...shards, held: () => held, indexes: new LocalIndexFleet(held) };
}

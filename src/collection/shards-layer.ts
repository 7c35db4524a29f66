/** What may stand between the engine and its stores: a host of a cluster puts the shared logs of its shards there. */

import type { Disk } from '../disk/index.ts';
import type { OpenShards, Store } from '../storage/index.ts';

/** Stands in a data directory whose shards belong to a cluster, with its name. */
export const CLUSTER_FILE = 'cluster';

export interface ShardsLayer {
  /** Shards that read and write as the stores of one machine would, over those that are open here. */
  over(local: OpenShards, place: { readonly disk: Disk }): Promise<LayeredShards>;
}

export interface LayeredShards extends OpenShards {
  /** The engine stands: from now on its parts may be told what changes. */
  begin(engine: LayerHooks): Promise<void>;
}

/** What a layer asks of the engine above it. */
export interface LayerHooks {
  /** Goes on with the crawls that are on record: this process is to run them now. */
  resumeCrawls(): Promise<void>;
  /** True while a crawl runs here. */
  crawls(): boolean;
  /** Delivers what waits in the outbox of a store: this process is to do that now. */
  wakeOutbox(store: Store): void;
  /** Reads anew which collections there are. */
  reloadCollections(): Promise<void>;
}

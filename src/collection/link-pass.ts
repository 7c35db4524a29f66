/**
 * One pass over a collection's links: sites and pages are ranked, and what other pages say of a page is indexed with it.
 * Begins from the ranks of the pass before, and indexes anew only what stands differently since.
 */

import { type DocId, must, type Slot } from '../base/index.ts';
import { beginAtSites, LinkGraph, rankNodes } from '../crawl/index.ts';
import type { DiskFile } from '../disk/index.ts';
import { NEUTRAL_RANK } from '../document/index.ts';
import type { Shards, Store } from '../storage/index.ts';
import { chooseAnchors, textsOf, TextTargets } from './anchor-choice.ts';
import { decodeInbound, docIdOfInboundKey, inboundRange } from './inbound-record.ts';
import type { IndexFleet } from './index-fleet.ts';
import { LinkDelivery, type LinkDeliveryParts } from './link-delivery.ts';
import { LinkNodes } from './link-nodes.ts';
import { type TargetLinks, walkTargets } from './link-scan.ts';
import { slotsOf, stopWhere } from './shard-titles.ts';

/** What a pass did. */
export interface LinkReport {
  readonly documents: number;
  /** Links between documents of the collection. */
  readonly links: number;
  readonly hosts: number;
  /** Rounds until the ranks of pages stood still. */
  readonly rounds: number;
  /** Documents that were indexed anew. */
  readonly reindexed: number;
  /** Documents that could not be read, and stay as they are. */
  readonly unread: number;
  readonly graph_bytes: number;
}

export interface LinkPassParts extends LinkDeliveryParts {
  readonly shards: Shards;
  readonly indexes: IndexFleet;
  /** A new file for links that are not to be held in memory; whoever gives it removes it. */
  readonly openAside: (name: string) => Promise<DiskFile>;
}

/** What links to a host, while its targets are read. */
interface LinkedHost {
  readonly hash: number;
  readonly slot: number;
  /** Some document is of it. */
  isKnown: boolean;
  /** Numbers of hosts. */
  readonly sources: Set<number>;
}

/** Steps of weight, in half powers of two: what a link is worth beside one in the text of another site. */
const OWN_TEXT = 2;
const FOREIGN_MENU = 3;
const OWN_MENU = 6;
/** Ranks move in steps, so that little changes index nothing anew. */
const RANK_STEP = 16;
/** Points of rank for each doubling of a page's share, and of its site's. */
const POINTS_PER_DOUBLING = 5;

export class LinkPass {
  readonly #parts: LinkPassParts;
  readonly #nodes: LinkNodes;
  readonly #graph: LinkGraph;
  /** Which hosts link to a host, each once. */
  readonly #hostGraph: LinkGraph;
  readonly #texts = new TextTargets();
  /** The links to one target that are about to go into the graph. */
  #sources = new Uint32Array(64);
  #steps = new Uint8Array(64);
  readonly #shares: Float32Array;
  /** Documents with a record of an earlier pass that no link of this one has met yet. */
  readonly #hasRecord: Uint8Array;
  #reindexed = 0;
  #unread = 0;

  static async over(parts: LinkPassParts): Promise<LinkPass> {
    return new LinkPass(parts, await LinkNodes.of(parts.indexes, parts.collection));
  }

  private constructor(parts: LinkPassParts, nodes: LinkNodes) {
    this.#parts = parts;
    this.#nodes = nodes;
    this.#graph = new LinkGraph(this.#nodes.count, () => parts.openAside('pages'));
    this.#hostGraph = new LinkGraph(1, () => parts.openAside('hosts'));
    this.#shares = new Float32Array(this.#nodes.count);
    this.#hasRecord = new Uint8Array(this.#nodes.count);
  }

  /** `CANCELLED`, and what a store can meet. A pass that was cut is begun anew by the next. */
  async run(): Promise<LinkReport> {
    const { signal } = this.#parts;
    await this.#recall();
    await this.#gather();
    const sites = await rankNodes(this.#hostGraph, { signal });
    const begin = beginAtSites(this.#nodes.hostOf, sites.ranks);
    const start = this.#shares;
    const pages = await rankNodes(this.#graph, { begin, start, signal });
    stopWhere(signal);
    await this.#deliver(pages.ranks, sites.ranks);
    return {
      documents: this.#nodes.count,
      links: this.#graph.links,
      hosts: this.#nodes.hosts - 1,
      rounds: pages.rounds,
      reindexed: this.#reindexed,
      unread: this.#unread,
      graph_bytes: this.#graph.size_bytes + this.#hostGraph.size_bytes,
    };
  }

  #stores(): readonly { readonly store: Store; readonly slots: readonly Slot[] }[] {
    const { shards } = this.#parts;
    return shards.all.map((store) => ({ store, slots: slotsOf(shards, store) }));
  }

  /** Where the last pass left the ranks. */
  async #recall(): Promise<void> {
    const { collection, signal } = this.#parts;
    this.#shares.fill(1 / Math.max(1, this.#nodes.count));
    for (const { store, slots } of this.#stores()) {
      for (const slot of slots) {
        stopWhere(signal);
        for await (const { key, value } of store.scan({
          database: 'meta',
          ...inboundRange(collection, slot),
          priority: 'background',
        })) {
          const node = this.#nodes.find(docIdOfInboundKey(key));
          if (node < 0) continue;
          this.#hasRecord[node] = 1;
          this.#shares[node] = decodeInbound(value).share;
        }
      }
    }
  }

  /** Reads all links once: the graph of pages, the graph of hosts, and which texts lead to many pages. */
  async #gather(): Promise<void> {
    let host: LinkedHost = { hash: -1, slot: -1, isKnown: false, sources: new Set() };
    for await (const target of this.#targets()) {
      if (target.hostHash !== host.hash || target.domainSlot !== host.slot) {
        this.#addHost(host);
        host = { hash: target.hostHash, slot: target.domainSlot, isKnown: false, sources: new Set() };
      }
      const node = this.#nodes.find(target.docId);
      if (node >= 0) {
        host.isKnown = true;
        this.#nodes.hostOf[node] = this.#nodes.host(target.hostHash);
        this.#texts.add(textsOf(target));
      }
      this.#gatherLinks(target, node, host.sources);
      for (const graph of [this.#graph, this.#hostGraph]) if (graph.isToSpill) await graph.spill();
    }
    this.#addHost(host);
    this.#hostGraph.grow(this.#nodes.hosts);
  }

  #gatherLinks(target: TargetLinks, node: number, hostSources: Set<number>): void {
    const { count, hosts, slots, hostHash, domainSlot } = target;
    const perHost = new Map<number, number>();
    for (let link = 0; link < count; link++) {
      if (target.isNofollow[link] !== 0) continue;
      const host = hosts[link] as number;
      perHost.set(host, (perHost.get(host) ?? 0) + 1);
    }
    if (this.#sources.length < count) {
      this.#sources = new Uint32Array(count * 2);
      this.#steps = new Uint8Array(count * 2);
    }
    let added = 0;
    for (let link = 0; link < count; link++) {
      if (target.isNofollow[link] !== 0) continue;
      const from = this.#nodes.find(target.sources[link] as DocId);
      if (from < 0) continue;
      const sourceHost = hosts[link] as number;
      const isOwn = sourceHost === hostHash || slots[link] === domainSlot;
      if (sourceHost !== 0) {
        const number = this.#nodes.host(sourceHost);
        this.#nodes.hostOf[from] = number;
        // A site's vote for itself is none, and one domain's hosts count for little.
        if (!isOwn) hostSources.add(number);
      }
      if (node < 0 || from === node) continue;
      const inMenu = target.isInMenu[link] !== 0;
      const base = isOwn ? (inMenu ? OWN_MENU : OWN_TEXT) : inMenu ? FOREIGN_MENU : 0;
      // A thousand pages of one host that say the same are worth the root of it.
      this.#sources[added] = from;
      this.#steps[added] = base + Math.round(Math.log2(perHost.get(sourceHost) ?? 1));
      added += 1;
    }
    if (node >= 0) this.#graph.add(node, this.#sources.subarray(0, added), this.#steps.subarray(0, added));
  }

  /** All links to a host are read. */
  #addHost({ hash, isKnown, sources }: LinkedHost): void {
    if (sources.size === 0 || !(isKnown || this.#nodes.knownHost(hash) !== undefined)) return;
    const number = this.#nodes.host(hash);
    this.#hostGraph.grow(this.#nodes.hosts);
    this.#hostGraph.add(number, Uint32Array.from(sources).sort(), new Uint8Array(sources.size));
  }

  /** Reads all links once more and gives each document what they say of it. */
  async #deliver(pageShares: Float32Array, hostShares: Float32Array): Promise<void> {
    const { shards, signal } = this.#parts;
    const [middlePage, middleHost] = [median(pageShares), median(hostShares.subarray(1))];
    const rankOf = (node: number): number => {
      const host = this.#nodes.hostOf[node] as number;
      const doublings =
        Math.log2((pageShares[node] as number) / middlePage) +
        (host === 0 ? 0 : Math.log2((hostShares[host] as number) / middleHost));
      const steps = Math.round((POINTS_PER_DOUBLING * doublings) / RANK_STEP);
      return Math.min(255, Math.max(0, NEUTRAL_RANK + RANK_STEP * (Number.isFinite(steps) ? steps : 0)));
    };
    const deliveries = new Map(shards.all.map((store) => [store, new LinkDelivery(store, this.#parts)]));
    const deliveryFor = (docId: DocId): LinkDelivery =>
      must(deliveries.get(shards.of(Math.floor(docId / 2 ** 41) as Slot)), 'the shard of a document');
    for await (const target of this.#targets()) {
      const node = this.#nodes.find(target.docId);
      if (node < 0) continue;
      this.#hasRecord[node] = 0;
      const { links, hosts } = followedOf(target);
      await deliveryFor(target.docId).put(target.docId, {
        rank: rankOf(node),
        share: pageShares[node] as number,
        links,
        hosts,
        anchors: chooseAnchors(target, this.#texts, this.#nodes.count),
      });
    }
    // Nothing leads there any more.
    for (let node = 0; node < this.#nodes.count; node++) {
      if (this.#hasRecord[node] === 0) continue;
      stopWhere(signal);
      await deliveryFor(this.#nodes.idOf(node)).put(this.#nodes.idOf(node), undefined);
    }
    for (const delivery of deliveries.values()) {
      await delivery.end();
      this.#reindexed += delivery.reindexed;
      this.#unread += delivery.unread;
    }
  }

  async *#targets(): AsyncGenerator<TargetLinks> {
    const { collection, signal } = this.#parts;
    for (const { store, slots } of this.#stores()) yield* walkTargets(store, slots, collection, signal);
  }
}

/** Links that ask to be followed, and the hosts that they are of. */
function followedOf({ count, isNofollow, hosts: hostOf }: TargetLinks): { links: number; hosts: number } {
  const hosts = new Set<number>();
  let links = 0;
  for (let link = 0; link < count; link++) {
    if (isNofollow[link] !== 0) continue;
    links += 1;
    hosts.add(hostOf[link] as number);
  }
  return { links, hosts: hosts.size };
}

function median(values: Float32Array): number {
  const sorted = values.slice().sort();
  return sorted[sorted.length >> 1] ?? 1;
}

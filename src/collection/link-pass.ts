/**
 * One pass over a collection's links: sites and pages are ranked, and what other pages say of a page is indexed with it.
 * Begins from the ranks of the pass before, and indexes anew only what stands differently since.
 */

import { type DocId, must, type Slot } from '../base/index.ts';
import { beginAtSites, LinkGraph, rankNodes } from '../crawl/index.ts';
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
  readonly #texts = new TextTargets();
  /** Host → hosts that link to it, each once. */
  readonly #hostLinks = new Map<number, Uint32Array>();
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
    this.#graph = new LinkGraph(this.#nodes.count);
    this.#shares = new Float32Array(this.#nodes.count);
    this.#hasRecord = new Uint8Array(this.#nodes.count);
  }

  /** `CANCELLED`, and what a store can meet. A pass that was cut is begun anew by the next. */
  async run(): Promise<LinkReport> {
    const { signal } = this.#parts;
    await this.#recall();
    await this.#gather();
    const hostGraph = this.#hostGraph();
    const sites = await rankNodes(hostGraph, { signal });
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
      graph_bytes: this.#graph.size_bytes + hostGraph.size_bytes,
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
    let host = { hash: -1, slot: -1, isKnown: false, sources: new Set<number>() };
    const closeHost = (): void => {
      if (host.isKnown || this.#nodes.knownHost(host.hash) !== undefined)
        this.#hostLinks.set(this.#nodes.host(host.hash), Uint32Array.from(host.sources).sort());
    };
    for await (const target of this.#targets()) {
      if (target.hostHash !== host.hash || target.domainSlot !== host.slot) {
        if (host.sources.size > 0) closeHost();
        host = { hash: target.hostHash, slot: target.domainSlot, isKnown: false, sources: new Set() };
      }
      const node = this.#nodes.find(target.docId);
      if (node >= 0) {
        host.isKnown = true;
        this.#nodes.hostOf[node] = this.#nodes.host(target.hostHash);
        this.#texts.add(textsOf(target));
      }
      this.#gatherLinks(target, node, host.sources);
    }
    if (host.sources.size > 0) closeHost();
  }

  #gatherLinks(target: TargetLinks, node: number, hostSources: Set<number>): void {
    const perHost = new Map<number, number>();
    for (const { sourceHost, nofollow } of target.links)
      if (!nofollow) perHost.set(sourceHost, (perHost.get(sourceHost) ?? 0) + 1);
    const sources: number[] = [];
    const steps: number[] = [];
    for (const { source, sourceHost, sourceSlot, nofollow, inMenu } of target.links) {
      if (nofollow) continue;
      const from = this.#nodes.find(source);
      if (from < 0) continue;
      if (sourceHost !== 0) {
        const number = this.#nodes.host(sourceHost);
        this.#nodes.hostOf[from] = number;
        // A site's vote for itself is none, and one domain's hosts count for little.
        if (sourceHost !== target.hostHash && sourceSlot !== target.domainSlot) hostSources.add(number);
      }
      if (node < 0 || from === node) continue;
      const isOwn = sourceHost === target.hostHash || sourceSlot === target.domainSlot;
      const base = isOwn ? (inMenu ? OWN_MENU : OWN_TEXT) : inMenu ? FOREIGN_MENU : 0;
      // A thousand pages of one host that say the same are worth the root of it.
      sources.push(from);
      steps.push(base + Math.round(Math.log2(perHost.get(sourceHost) ?? 1)));
    }
    if (node >= 0) this.#graph.add(node, sources, steps);
  }

  #hostGraph(): LinkGraph {
    const graph = new LinkGraph(this.#nodes.hosts);
    for (const [host, sources] of this.#hostLinks) graph.add(host, sources, new Uint8Array(sources.length));
    this.#hostLinks.clear();
    return graph;
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
      const followed = target.links.filter(({ nofollow }) => !nofollow);
      await deliveryFor(target.docId).put(target.docId, {
        rank: rankOf(node),
        share: pageShares[node] as number,
        links: followed.length,
        hosts: new Set(followed.map(({ sourceHost }) => sourceHost)).size,
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

function median(values: Float32Array): number {
  const sorted = values.slice().sort();
  return sorted[sorted.length >> 1] ?? 1;
}

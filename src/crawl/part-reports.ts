/** What the processes of a crawl have told last, and what follows from it. */

import { toShardId, type ShardId } from '../base/index.ts';
import type { PeerName } from './crawl-peers.ts';
import type { PartReport, ShardReport } from './crew-messages.ts';
import { Tally } from './tally.ts';

export class PartReports {
  readonly #byPeer = new Map<PeerName, PartReport>();
  /** Of each shard what its latest leader said. */
  readonly #shards = new Map<ShardId, ShardReport & { readonly peer: PeerName }>();
  /** Pages that were granted to who did not answer. */
  readonly #unconfirmed = new Map<PeerName, number>();

  take(peer: PeerName, report: PartReport): void {
    this.#byPeer.set(peer, report);
    this.#unconfirmed.delete(peer);
    for (const shard of report.shards) {
      const known = this.#shards.get(shard.shard);
      if (known === undefined || known.term <= shard.term) this.#shards.set(shard.shard, { ...shard, peer });
    }
  }

  unanswered(peer: PeerName, grant: number): void {
    this.#unconfirmed.set(peer, (this.#unconfirmed.get(peer) ?? 0) + grant);
  }

  forget(peer: PeerName): void {
    this.#byPeer.delete(peer);
    this.#unconfirmed.delete(peer);
  }

  get(peer: PeerName): PartReport | undefined {
    return this.#byPeer.get(peer);
  }

  get peers(): readonly PeerName[] {
    return [...this.#byPeer.keys()];
  }

  get all(): readonly PartReport[] {
    return [...this.#byPeer.values()];
  }

  /** Pages that somebody may begin or has begun. */
  get held(): number {
    const held = this.all.reduce((sum, report) => sum + report.held, 0);
    return [...this.#unconfirmed.values()].reduce((sum, pages) => sum + pages, held);
  }

  /** Sums of a round over all shards; undefined before every shard was told of. */
  totals(round: number, shardCount: number): Tally | undefined {
    if (this.#shards.size < shardCount) return undefined;
    const total = new Tally(round);
    for (const { tally } of this.#shards.values()) total.merge(Tally.of(tally));
    return total;
  }

  /**
   * Names this moment where nothing waits in any shard and nobody is at work; undefined elsewhere. Where two collections
   * of reports, one wholly after the other, name the same moment, nothing came into any shard between the first answer
   * and the last: each process counts what it makes durable. So there was an instant at which nothing waited anywhere,
   * and as a page leaves the queue only after what it leads to has entered it, nothing can come of itself.
   */
  quietMoment(shardCount: number): string | undefined {
    const names: string[] = [];
    for (let n = 0; n < shardCount; n++) {
      const known = this.#shards.get(toShardId(n));
      const report = known === undefined ? undefined : this.#byPeer.get(known.peer);
      const isTold = report?.shards.some(({ shard, term }) => shard === n && term === known?.term);
      if (known === undefined || report === undefined || isTold !== true || !known.isEmpty) return undefined;
      if (report.needsJob || !report.isIdle || report.inFlight > 0) return undefined;
      names.push(`${report.session} ${report.run} ${report.adds} ${known.term}`);
    }
    return names.join('\n');
  }
}

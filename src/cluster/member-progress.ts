/** What the members of a shard have said of how far they are, as their leader takes it. */

import type { HostId, MirrorPosition } from './shard-record.ts';

export class MemberProgress {
  readonly #said = new Map<HostId, { readonly position: MirrorPosition; readonly at_ms: number }>();

  /** Less than before is what a host says that came back with an empty disk. */
  heard(host: HostId, position: MirrorPosition, now_ms: number): void {
    const known = this.#said.get(host)?.position;
    if (known?.entry === position.entry && known.term === position.term) return;
    this.#said.set(host, { position, at_ms: now_ms });
  }

  forget(host: HostId): void {
    this.#said.delete(host);
  }

  /** When it last said something new; 0 for never. */
  movedAt_ms(host: HostId): number {
    return this.#said.get(host)?.at_ms ?? 0;
  }

  /**
   * The last entry of the log of `term` that a member holds; -1 where nothing of it counts. What it holds of older terms
   * behind `base`, the last entry before the leader's mark, is not of this log.
   */
  entryOf(host: HostId, term: number, base: number): number {
    const position = this.#said.get(host)?.position;
    if (position === undefined) return -1;
    return position.term === term || position.entry <= base ? position.entry : -1;
  }
}

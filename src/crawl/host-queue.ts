/**
 * The queue of one host in a collection, read from the store window by window, so that memory does not grow with what
 * waits. First come requests whose time has come, then the others by depth and in the order of their finding.
 */

import { type CollectionId, compareBytes } from '../base/index.ts';
import type { DueEntry, Frontier } from './frontier.ts';
import type { HostRef } from './host.ts';

/** Requests read at once. */
const WINDOW = 32;

export type Next =
  | { readonly kind: 'entry'; readonly entry: DueEntry }
  /** Nothing now; something later. */
  | { readonly kind: 'wait'; readonly until_ms: number }
  | { readonly kind: 'empty' };

export class HostQueue {
  readonly #now: DueWindow;
  readonly #later: DueWindow;
  /** Taken and not yet settled: their records still stand in the store. */
  readonly #taken = new Set<bigint>();
  /** Grows with each offer, so that a reader can tell whether "empty" is still true. */
  offers = 0;

  constructor(frontier: Frontier, collection: CollectionId, host: HostRef) {
    const read =
      (part: 'now' | 'later'): ReadDue =>
      (from) =>
        frontier.readDue(collection, host, part, from, WINDOW);
    this.#now = new DueWindow(read('now'), this.#taken);
    this.#later = new DueWindow(read('later'), this.#taken);
  }

  /** Entries taken whose end is not known yet. */
  get unsettled(): number {
    return this.#taken.size;
  }

  /** Tells of a request that has become durable. */
  offer(entry: DueEntry): void {
    this.offers += 1;
    (entry.due_ms === 0 ? this.#now : this.#later).offer(entry);
  }

  /** Takes the next request whose time has come. */
  async next(now_ms: number): Promise<Next> {
    const later = await this.#later.peek();
    if (later !== undefined && later.due_ms <= now_ms) return this.#take(this.#later, later);
    const first = await this.#now.peek();
    if (first !== undefined) return this.#take(this.#now, first);
    return later === undefined ? { kind: 'empty' } : { kind: 'wait', until_ms: later.due_ms };
  }

  /** The record of a taken entry is gone from the store, or stands elsewhere. */
  settle(entry: DueEntry): void {
    this.#taken.delete(entry.place.urlHash);
    this.#now.settled(entry);
    this.#later.settled(entry);
  }

  /** Gives a taken entry back untouched. */
  putBack(entry: DueEntry): void {
    this.#taken.delete(entry.place.urlHash);
    this.offer(entry);
  }

  #take(window: DueWindow, entry: DueEntry): Next {
    window.take(entry);
    this.#taken.add(entry.place.urlHash);
    return { kind: 'entry', entry };
  }
}

type ReadDue = (
  from: Uint8Array | undefined,
) => Promise<{ entries: DueEntry[]; resume: Uint8Array | undefined }>;

/** The head of a key range: all that stands before `#from` and was not taken is in memory. */
class DueWindow {
  readonly #read: ReadDue;
  readonly #taken: ReadonlySet<bigint>;
  #entries: DueEntry[] = [];
  /** Where reading goes on; undefined: at the beginning. */
  #from: Uint8Array | undefined;
  /** Nothing stands at or behind `#from`. */
  #isComplete = false;
  /** While a read is under way: what was offered and what was settled since it began. */
  #pending: { offered: DueEntry[]; settled: Set<bigint> } | undefined;
  #filling: Promise<void> | undefined;

  constructor(read: ReadDue, taken: ReadonlySet<bigint>) {
    this.#read = read;
    this.#taken = taken;
  }

  async peek(): Promise<DueEntry | undefined> {
    while (this.#entries.length === 0 && !this.#isComplete) {
      this.#filling ??= this.#fill().finally(() => {
        this.#filling = undefined;
      });
      await this.#filling;
    }
    return this.#entries[0];
  }

  /** Takes what {@link peek} gave; something else may have come before it since. */
  take(entry: DueEntry): void {
    this.#entries.splice(this.#entries.indexOf(entry), 1);
  }

  settled(entry: DueEntry): void {
    this.#pending?.settled.add(entry.place.urlHash);
  }

  offer(entry: DueEntry): void {
    if (this.#pending !== undefined) this.#pending.offered.push(entry);
    else if (this.#covers(entry)) this.#insert(entry);
  }

  async #fill(): Promise<void> {
    const pending = { offered: [] as DueEntry[], settled: new Set<bigint>() };
    this.#pending = pending;
    try {
      const { entries, resume } = await this.#read(this.#from);
      for (const entry of entries) {
        const { urlHash } = entry.place;
        if (!this.#taken.has(urlHash) && !pending.settled.has(urlHash)) this.#entries.push(entry);
      }
      this.#from = resume ?? this.#from;
      this.#isComplete = resume === undefined;
    } finally {
      this.#pending = undefined;
    }
    // The read may or may not have seen what became durable meanwhile.
    for (const entry of pending.offered) if (this.#covers(entry)) this.#insert(entry);
  }

  #covers(entry: DueEntry): boolean {
    return this.#isComplete || (this.#from !== undefined && compareBytes(entry.key, this.#from) < 0);
  }

  #insert(entry: DueEntry): void {
    let at = this.#entries.length;
    for (; at > 0; at--) {
      const order = compareBytes((this.#entries[at - 1] as DueEntry).key, entry.key);
      if (order === 0) return;
      if (order < 0) break;
    }
    this.#entries.splice(at, 0, entry);
    const dropped = this.#entries.length > 2 * WINDOW ? this.#entries.splice(WINDOW) : [];
    const [first] = dropped;
    if (first === undefined) return;
    this.#from = first.key;
    this.#isComplete = false;
  }
}

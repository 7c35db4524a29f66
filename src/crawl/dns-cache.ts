/** Answers of name resolution, kept for a while, so that a crawl asks once for each host and not for each connection. */

import { lookup as systemLookup, type LookupAddress, type LookupOptions } from 'node:dns';
import type { LookupFunction } from 'node:net';

/** The system's resolver keeps the times to live to itself: five minutes are what most names are given. */
const FRESH_MS = 300_000;
/** A name that could not be resolved is asked for again after that. */
const FAILED_MS = 10_000;
const MAX_NAMES = 50_000;

/** Resolves a name to all its addresses; a seam so that tests can hand in answers. */
export type Resolve = typeof systemLookup;

type Tell = (error: NodeJS.ErrnoException | null, found: readonly LookupAddress[]) => void;

interface Answer {
  readonly until_ms: number;
  readonly error: NodeJS.ErrnoException | null;
  readonly found: readonly LookupAddress[];
}

export class DnsCache {
  readonly #resolve: Resolve;
  readonly #now_ms: () => number;
  readonly #answers = new Map<string, Answer>();
  /** Who waits for an answer that is on its way. */
  readonly #asking = new Map<string, Tell[]>();

  constructor(resolve: Resolve = systemLookup, now_ms: () => number = () => performance.now()) {
    this.#resolve = resolve;
    this.#now_ms = now_ms;
  }

  /** All addresses of a name, in the resolver's order; several askers share one question. Rejects as the resolver does. */
  addresses(hostname: string, options: LookupOptions = {}): Promise<readonly LookupAddress[]> {
    return new Promise((resolve, reject) => {
      this.ask(hostname, options, (error, found) => {
        if (error === null) resolve(found);
        else reject(error);
      });
    });
  }

  /** The same for who calls back, as sockets do. */
  ask(hostname: string, options: LookupOptions, tell: Tell): void {
    const name = `${hostname} ${options.family ?? 0} ${options.hints ?? 0}`;
    const known = this.#answers.get(name);
    if (known !== undefined && known.until_ms > this.#now_ms()) {
      return process.nextTick(tell, known.error, known.found);
    }
    const waiting = this.#asking.get(name);
    if (waiting !== undefined) return void waiting.push(tell);
    const all: Tell[] = [tell];
    this.#asking.set(name, all);
    this.#resolve(hostname, { ...options, all: true }, (error, addresses) => {
      this.#asking.delete(name);
      this.#keep(name, error, error === null ? addresses : []);
      for (const each of all) each(error, error === null ? addresses : []);
    });
  }

  #keep(name: string, error: NodeJS.ErrnoException | null, found: readonly LookupAddress[]): void {
    const oldest = this.#answers.keys().next();
    if (this.#answers.size >= MAX_NAMES && oldest.done !== true) this.#answers.delete(oldest.value);
    this.#answers.set(name, {
      until_ms: this.#now_ms() + (error === null ? FRESH_MS : FAILED_MS),
      error,
      found,
    });
  }

  /** What sockets look names up with. */
  readonly lookup: LookupFunction = (hostname, options, callback) => {
    this.ask(hostname, options, (error, found) => {
      const [first] = found;
      if (error !== null) callback(error, '', 0);
      else if (options.all === true) callback(null, [...found]);
      else callback(null, first?.address ?? '', first?.family ?? 0);
    });
  };
}

/**
 * One browser after another: each works for so many pages and ends when the last of them is done, while the next is at work
 * already. What a browser, and whatever drives it, holds on to goes with it.
 */

import { PeregrineError } from '../base/index.ts';
import type { BrowserProcess } from './browser-process.ts';

export interface BrowserRelayOptions {
  readonly start: () => Promise<BrowserProcess>;
  readonly pagesPerBrowser: number;
  /** Time without work after which the browser ends, ms. */
  readonly idle_ms: number;
}

interface Shift {
  readonly starting: Promise<BrowserProcess>;
  /** Pages so far, and those that it works on. */
  given: number;
  underWay: number;
  /** It gets no more. */
  isOver: boolean;
}

export class BrowserRelay {
  readonly #options: BrowserRelayOptions;
  readonly #shifts = new Set<Shift>();
  #current: Shift | undefined;
  #idle: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: BrowserRelayOptions) {
    this.#options = options;
  }

  /** Does one page's work with a browser that is there. Rejects with `CLOSED`, `NOT_FOUND`, and as `work` does. */
  async use<T>(work: (browser: BrowserProcess) => Promise<T>): Promise<T> {
    clearTimeout(this.#idle);
    for (;;) {
      if (this.#isClosed) throw new PeregrineError('CLOSED', 'The renderer is closed.');
      const shift = this.#next();
      try {
        const browser = await shift.starting;
        if (!browser.isGone) return await work(browser);
        this.#retire(shift);
      } catch (error) {
        await shift.starting.catch(() => this.#retire(shift));
        throw error;
      } finally {
        this.#leave(shift);
      }
    }
  }

  /** Ends all browsers, whatever they work on. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#idle);
    await Promise.all([...this.#shifts].map((shift) => this.#end(shift)));
  }

  #next(): Shift {
    let shift = this.#current;
    if (shift !== undefined && shift.given >= this.#options.pagesPerBrowser) {
      this.#retire(shift);
      shift = undefined;
    }
    if (shift === undefined) {
      shift = { starting: this.#options.start(), given: 0, underWay: 0, isOver: false };
      this.#shifts.add(shift);
      this.#current = shift;
    }
    shift.given += 1;
    shift.underWay += 1;
    return shift;
  }

  #retire(shift: Shift): void {
    shift.isOver = true;
    if (this.#current === shift) this.#current = undefined;
    if (shift.underWay === 0) void this.#end(shift);
  }

  #leave(shift: Shift): void {
    shift.underWay -= 1;
    if (shift.underWay > 0) return;
    if (shift.isOver) void this.#end(shift);
    else {
      clearTimeout(this.#idle);
      this.#idle = setTimeout(() => this.#retire(shift), this.#options.idle_ms);
      this.#idle.unref();
    }
  }

  async #end(shift: Shift): Promise<void> {
    this.#shifts.delete(shift);
    await shift.starting.then((browser) => browser.end()).catch(() => undefined);
  }
}

/**
 * People go first: a search that somebody waits for lets what nobody waits for (pages of a crawl, segments) stand still
 * until it is answered, though never for long. And what was let go on takes turns of a few milliseconds, so that whoever
 * comes next finds the event loop free.
 */

/** So long one turn of the work that nobody waits for waits for people. */
const PATIENCE_MS = 25;
/** So much of that work is begun in one turn of the event loop. */
const TURN_MS = 2;

export class Courtesy {
  #people = 0;
  readonly #line: (() => void)[] = [];
  #isServing = false;
  #answered_ms = -Infinity;
  /** Called when nobody waits any more. */
  #gone: () => void = () => undefined;

  /** Since somebody waited: 0 while somebody does, Infinity where nobody ever did. Who has asked is likely to ask again. */
  get since_ms(): number {
    return this.#people > 0 ? 0 : performance.now() - this.#answered_ms;
  }

  /** Somebody waits for `work`. */
  async first<T>(work: () => Promise<T>): Promise<T> {
    this.#people += 1;
    try {
      return await work();
    } finally {
      this.#people -= 1;
      this.#answered_ms = performance.now();
      if (this.#people === 0) this.#gone();
    }
  }

  /** Resolves when work that nobody waits for may go on, in another turn of the event loop. First come, first served. */
  pass(): Promise<void> {
    return new Promise((resolve) => {
      this.#line.push(resolve);
      if (this.#isServing) return;
      this.#isServing = true;
      void this.#serve();
    });
  }

  async #serve(): Promise<void> {
    while (this.#line.length > 0) {
      await new Promise((resolve) => setImmediate(resolve));
      if (this.#people > 0) await this.#untilGone();
      const end_ms = performance.now() + TURN_MS;
      do {
        this.#line.shift()?.();
        // Behind all that it does at once.
        await new Promise<void>((resolve) => process.nextTick(resolve));
      } while (this.#line.length > 0 && performance.now() < end_ms);
    }
    this.#isServing = false;
  }

  async #untilGone(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, PATIENCE_MS);
      this.#gone = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#gone = () => undefined;
  }
}

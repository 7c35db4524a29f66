/**
 * Work that is under way, and a word when any of it ends. A race of all of it would leave a note with each promise every
 * time that somebody waits, which those that last an hour keep for an hour.
 */

export class WorkUnderWay {
  #size = 0;
  #ended = Promise.withResolvers<void>();

  get size(): number {
    return this.#size;
  }

  /** Resolves when anything of it ends. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  track(work: Promise<void>): Promise<void> {
    this.#size += 1;
    return work.finally(() => {
      this.#size -= 1;
      this.#ended.resolve();
      this.#ended = Promise.withResolvers();
    });
  }
}

/** So many imports run at once; the others wait their turn, first come, first served. */

export class ImportTurns {
  #free: number;
  /** In the order in which they came. */
  readonly #waiting = new Set<() => void>();

  constructor(count: number) {
    this.#free = count;
  }

  /** Takes a turn where one is free; who has one ends it with {@link end}. */
  take(): boolean {
    if (this.#free === 0) return false;
    this.#free -= 1;
    return true;
  }

  /** Resolves with true when a turn is had, with false where `signal` aborts first. */
  wait(signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve(false);
      const go = (): void => {
        this.#waiting.delete(go);
        resolve(true);
      };
      this.#waiting.add(go);
      const leave = (): void => {
        if (this.#waiting.delete(go)) resolve(false);
      };
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  end(): void {
    const [next] = this.#waiting;
    if (next === undefined) this.#free += 1;
    else next();
  }
}

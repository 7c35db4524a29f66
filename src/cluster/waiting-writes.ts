/** Writes that were asked of a leader and are not acknowledged yet, in their order, bounded by their bytes. */

/** Beyond that writers wait. */
const MAX_WAITING_BYTES: number = 32 * 1024 * 1024;

export interface WaitingWrite {
  readonly entry: number;
  readonly since_ms: number;
}

interface Waiter extends WaitingWrite {
  readonly size_bytes: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class WaitingWrites {
  #waiters: Waiter[] = [];
  #size_bytes = 0;
  #roomWaiters: (() => void)[] = [];

  get oldest(): WaitingWrite | undefined {
    return this.#waiters[0];
  }

  get hasRoom(): boolean {
    return this.#size_bytes <= MAX_WAITING_BYTES;
  }

  /** Resolves when something has changed. */
  room(): Promise<void> {
    return new Promise<void>((resolve) => this.#roomWaiters.push(resolve));
  }

  /** Settles when the entry is acknowledged, or given up. */
  wait(entry: number, size_bytes: number, since_ms: number): Promise<void> {
    this.#size_bytes += size_bytes;
    return new Promise<void>((resolve, reject) => {
      this.#waiters.push({ entry, since_ms, size_bytes, resolve, reject });
    });
  }

  /** Everything up to `floor` is safe. */
  acknowledge(floor: number): void {
    let count = 0;
    for (const { entry, size_bytes, resolve } of this.#waiters) {
      if (entry > floor) break;
      count += 1;
      this.#size_bytes -= size_bytes;
      resolve();
    }
    if (count > 0) this.#waiters.splice(0, count);
    if (this.hasRoom) this.#tellRoom();
  }

  reject(error: unknown): void {
    for (const waiter of this.#waiters.splice(0)) waiter.reject(error);
    this.#size_bytes = 0;
    this.#tellRoom();
  }

  #tellRoom(): void {
    for (const resolve of this.#roomWaiters.splice(0)) resolve();
  }
}

/**
 * What the cache knows of the pages that it holds, side by side by the number of their frame: who finds a record by its
 * place looks at these, not at an object for each page, which is a line of memory or two more to wait for.
 */

const FIRST_FRAMES = 64;
/** In place of the serial number of a page. */
export const FREE = 0;

export class PageFrames {
  /** No two pages have the same; {@link FREE} where there is none. */
  serials: Int32Array = new Int32Array(FIRST_FRAMES);
  /** 1 where the page was used since the hand of the cache passed. */
  used: Uint8Array = new Uint8Array(FIRST_FRAMES);
  /** Of the bytes of each page. */
  readonly buffers: (ArrayBufferLike | undefined)[] = [];
  readonly #free: number[] = [];
  #serial = 0;
  readonly #onAnew: () => void;

  /** `onAnew` is called when serial numbers begin anew: nobody may know old ones from then on. */
  constructor(onAnew: () => void) {
    this.#onAnew = onAnew;
  }

  /** A frame for a page that begins to be held. */
  take(buffer: ArrayBufferLike): number {
    const frame = this.#free.pop() ?? this.buffers.length;
    if (frame === this.serials.length) {
      const [serials, used] = [new Int32Array(frame * 2), new Uint8Array(frame * 2)];
      serials.set(this.serials);
      used.set(this.used);
      [this.serials, this.used] = [serials, used];
    }
    this.#serial = (this.#serial + 1) | 0;
    if (this.#serial === FREE) {
      this.#onAnew();
      this.#serial = 1;
    }
    this.serials[frame] = this.#serial;
    this.used[frame] = 0;
    this.buffers[frame] = buffer;
    return frame;
  }

  release(frame: number): void {
    this.serials[frame] = FREE;
    this.buffers[frame] = undefined;
    this.#free.push(frame);
  }
}

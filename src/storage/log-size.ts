/** How many bytes a log holds that no checkpoint has passed yet: what is appended counts, what is trimmed no more. */

import { assert } from '../base/index.ts';

/** How finely the size follows a trim. */
const MARK_EVERY_BYTES = 16 * 1024;

export class LogSize {
  #written_bytes = 0;
  #trimmed_bytes = 0;
  readonly #marks: { seq: number; written_bytes: number }[] = [];

  get size_bytes(): number {
    return this.#written_bytes - this.#trimmed_bytes;
  }

  /** An entry was appended. */
  add(seq: number, size_bytes: number): void {
    this.#written_bytes += size_bytes;
    const last = this.#marks.at(-1);
    const before_bytes = this.#marks.at(-2)?.written_bytes ?? this.#trimmed_bytes;
    assert(last === undefined || last.seq < seq, 'the log counts upwards');
    if (last !== undefined && this.#written_bytes - before_bytes < MARK_EVERY_BYTES) {
      last.seq = seq;
      last.written_bytes = this.#written_bytes;
    } else {
      this.#marks.push({ seq, written_bytes: this.#written_bytes });
    }
  }

  trim(upTo: number): void {
    const kept = this.#marks.findIndex(({ seq }) => seq > upTo);
    const gone = this.#marks.splice(0, kept < 0 ? this.#marks.length : kept);
    this.#trimmed_bytes = gone.at(-1)?.written_bytes ?? this.#trimmed_bytes;
  }
}

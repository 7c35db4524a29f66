/**
 * Work that ends in any order, counted in the order in which it began: the longest prefix that is all settled. A bookmark
 * that follows it can be believed after a kill at any moment.
 */

import type { RecordKey } from './gigablast/record-frame.ts';
import { addCounts, type ImportCounts, type ImportFailure, NO_COUNTS } from './import-report.ts';

interface Entry {
  readonly key: RecordKey;
  counts: Partial<ImportCounts> | undefined;
  failure: ImportFailure | undefined;
}

export class SettledPrefix {
  readonly #entries: Entry[] = [];
  #key: RecordKey | undefined;
  #counts: ImportCounts;
  #failures: ImportFailure[] = [];

  constructor(key: RecordKey | undefined, counts: ImportCounts = NO_COUNTS) {
    this.#key = key;
    this.#counts = counts;
  }

  /** Key of the last entry of the prefix. */
  get key(): RecordKey | undefined {
    return this.#key;
  }

  get counts(): ImportCounts {
    return this.#counts;
  }

  /** Begun and not in the prefix yet. */
  get pending(): number {
    return this.#entries.length;
  }

  /** Failures of the prefix since the last call. */
  takeFailures(): readonly ImportFailure[] {
    return this.#failures.splice(0);
  }

  /** Begins an entry; the returned function settles it, once. */
  begin(key: RecordKey): (counts: Partial<ImportCounts>, failure?: ImportFailure) => void {
    const entry: Entry = { key, counts: undefined, failure: undefined };
    this.#entries.push(entry);
    return (counts, failure) => {
      entry.counts = counts;
      entry.failure = failure;
      this.#advance();
    };
  }

  #advance(): void {
    let settled = 0;
    for (const { key, counts, failure } of this.#entries) {
      if (counts === undefined) break;
      this.#key = key;
      this.#counts = addCounts(this.#counts, counts);
      if (failure !== undefined) this.#failures.push(failure);
      settled += 1;
    }
    this.#entries.splice(0, settled);
  }
}

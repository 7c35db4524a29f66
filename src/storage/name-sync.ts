/**
 * Makes the names in a directory durable for several writers. A failed sync may have forgotten the names of all of
 * them, and the next one then succeeds for nothing: so it fails everybody who was at work.
 */

import { PeregrineError } from '../base/index.ts';
import type { Disk } from '../disk/index.ts';

export class NameSync {
  readonly #disk: Disk;
  readonly #directory: string;
  #failures = 0;

  constructor(disk: Disk, directory: string) {
    this.#disk = disk;
    this.#directory = directory;
  }

  /** To be asked before the first name is made; {@link sync} wants it back. */
  get mark(): number {
    return this.#failures;
  }

  /** Makes the names made since `mark` durable. `IO` when that, or another's sync in between, failed. */
  async sync(mark: number): Promise<void> {
    try {
      await this.#disk.syncDirectory(this.#directory);
    } catch (error) {
      this.#failures += 1;
      throw error;
    }
    if (mark === this.#failures) return;
    throw new PeregrineError(
      'IO',
      `A sync of ${this.#directory} failed while new files were written there.`,
      {
        file: this.#directory,
      },
    );
  }
}

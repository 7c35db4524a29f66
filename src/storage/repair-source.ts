/** Where a damaged part may be found whole. */

import { isPeregrineError } from '../base/index.ts';
import type { Disk, DiskFile } from '../disk/index.ts';
import { PARTS_DIRECTORY, partName } from './store-names.ts';

export interface RepairSource {
  /** For people: where it is. */
  readonly name: string;
  /**
   * The file of the part with this number, to be closed by the caller; undefined where the source has none. It need not
   * be whole: page by page, what either side can read is taken.
   */
  openPart(number: number): Promise<DiskFile | undefined>;
}

/**
 * A directory of part files: `parts` of a snapshot or of a copy on another disk, or what a store has set aside itself
 * and can perhaps read by now.
 */
export class PartDirectory implements RepairSource {
  readonly name: string;
  readonly #disk: Disk;
  readonly #directory: string;

  constructor(disk: Disk, directory: string, name: string = directory) {
    this.#disk = disk;
    this.#directory = directory;
    this.name = name;
  }

  async openPart(number: number): Promise<DiskFile | undefined> {
    try {
      return await this.#disk.open(`${this.#directory}/${partName(number)}`, 'read');
    } catch (error) {
      if (isPeregrineError(error, 'NOT_FOUND')) return undefined;
      throw error;
    }
  }
}

/** A shard's directory that holds the same parts as ours. */
export function mirrorDirectory(disk: Disk, shardDirectory: string, name?: string): RepairSource {
  return new PartDirectory(disk, `${shardDirectory}/${PARTS_DIRECTORY}`, name ?? shardDirectory);
}

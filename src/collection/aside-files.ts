/** Files of one piece of work beside the shards: what is not to be held in memory. Gone when it ends, after a kill too. */

import type { Disk, DiskFile } from '../disk/index.ts';

const DIRECTORY = 'work-aside';

export class AsideFiles {
  readonly #disk: Disk;
  readonly #work: string;
  readonly #files: DiskFile[] = [];

  /** `work` names this piece of work among those under way. */
  constructor(disk: Disk, work: string) {
    this.#disk = disk;
    this.#work = work;
  }

  /** A new file, to be written and read; never synced. `IO`, `DISK_FULL`. */
  async open(name: string): Promise<DiskFile> {
    await this.#disk.makeDirectory(DIRECTORY);
    const path = `${DIRECTORY}/${this.#work}-${name}`;
    // Of an earlier piece of work, where the disk refused to remove it.
    if ((await this.#disk.stat(path)) !== undefined) await this.#disk.remove(path);
    const file = await this.#disk.open(path, 'create');
    this.#files.push(file);
    return file;
  }

  /** Closes and removes them; one that can't be removed keeps no other one. `IO`. */
  async close(): Promise<void> {
    await Promise.all(
      this.#files.splice(0).map(async (file) => {
        await file.close();
        await this.#disk.remove(file.path);
      }),
    );
  }
}

/** What a killed process left. For who holds the directory's lock and has not begun anything yet. */
export async function removeFilesAside(disk: Disk): Promise<void> {
  for (const name of await disk.list(DIRECTORY)) await disk.remove(`${DIRECTORY}/${name}`);
}

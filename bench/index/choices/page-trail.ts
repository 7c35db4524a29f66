/** A disk that notes which pages of segments are read from it, and in which order. */

import type { Disk, DiskFile, OpenMode } from '../../../src/disk/index.ts';
import { RealDisk } from '../../../src/disk/index.ts';

/** Of a segment's file. */
const PAGE_BYTES = 16_384;

export class PageTrail extends RealDisk implements Disk {
  #pages: string[] = [];

  /** Pages read since the last call: file and number. */
  take(): readonly { readonly file: string; readonly page: number }[] {
    const pages = this.#pages;
    this.#pages = [];
    return pages.map((told) => {
      const at = told.lastIndexOf(' ');
      return { file: told.slice(0, at), page: Number(told.slice(at + 1)) };
    });
  }

  override async open(path: string, mode: OpenMode): Promise<DiskFile> {
    const file = await super.open(path, mode);
    if (!path.endsWith('.segment')) return file;
    const read = file.readSync.bind(file);
    file.readSync = (into, offset) => {
      this.#pages.push(`${path} ${Math.floor(offset / PAGE_BYTES)}`);
      return read(into, offset);
    };
    return file;
  }
}

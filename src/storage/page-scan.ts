/**
 * Finds the pages of a part by looking at every place where one can begin, without its maps: what is left of a damaged
 * part. A page counts where its checksum does, which knows part and place, so that nothing else passes for one.
 */

import type { DiskFile } from '../disk/index.ts';
import { ALIGNMENT_BYTES } from './alignment.ts';
import {
  pageSizeAt,
  PAGE_HEADER_BYTES,
  PAGE_KIND_NUMBERS,
  type PageKind,
  type PagePlace,
  readPage,
} from './page.ts';

const WINDOW_BYTES: number = 256 * 1024;

export interface ScannedPage {
  readonly kind: PageKind;
  readonly place: PagePlace;
  /** Decompressed. */
  readonly content: Uint8Array;
}

const KINDS = new Map(Object.entries(PAGE_KIND_NUMBERS).map(([kind, number]) => [number, kind as PageKind]));

/** Every whole page of the file, in order. What lies between two that don't touch is damaged. */
export async function* scanPages(
  file: DiskFile,
  partNumber: number,
  size_bytes: number,
): AsyncGenerator<ScannedPage> {
  const window = new Window(file);
  const end = Math.min(size_bytes, await file.size());
  for (let offset = 0; offset + PAGE_HEADER_BYTES <= end;) {
    const page = await pageAt(file, window, partNumber, offset, end);
    if (page !== undefined) yield page;
    offset += page?.place.size_bytes ?? ALIGNMENT_BYTES;
  }
}

async function pageAt(
  file: DiskFile,
  window: Window,
  partNumber: number,
  offset: number,
  end: number,
): Promise<ScannedPage | undefined> {
  const header = await window.bytes(offset, PAGE_HEADER_BYTES);
  const kind = header === undefined ? undefined : KINDS.get(header[0] ?? 0);
  if (header === undefined || kind === undefined) return undefined;
  const place = { offset, size_bytes: pageSizeAt(header) };
  if (offset + place.size_bytes > end) return undefined;
  try {
    return { kind, place, content: await readPage(place, { file, partNumber, kind }) };
  } catch {
    // Whatever it is, it is no page that can be read: the search goes on behind its first bytes.
    return undefined;
  }
}

/** The last stretch read, so that a search step by step does not read step by step. */
class Window {
  readonly #file: DiskFile;
  #bytes = new Uint8Array(0);
  #offset = 0;

  constructor(file: DiskFile) {
    this.#file = file;
  }

  /** Undefined where the file ends before, or can't be read. */
  async bytes(offset: number, count: number): Promise<Uint8Array | undefined> {
    const isInside = offset >= this.#offset && offset + count <= this.#offset + this.#bytes.length;
    if (!isInside) {
      const bytes = new Uint8Array(WINDOW_BYTES);
      const found = await this.#file.read(bytes, offset).catch(() => 0);
      this.#bytes = bytes.subarray(0, found);
      this.#offset = offset;
      if (found < count) return undefined;
    }
    return this.#bytes.subarray(offset - this.#offset, offset - this.#offset + count);
  }
}

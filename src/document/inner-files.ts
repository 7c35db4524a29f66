/** Files inside of a document (an archive, a mail), each read as what it is, within bounds that all of them share. */

import { PeregrineError } from '../base/index.ts';
import type { Section } from './document.ts';
import type { ExtractedContent } from './extracted.ts';
import { collapseSpaces, MAX_LINKS, MAX_TEXT_LENGTH } from './text-blocks.ts';

/** Files that are read, and of them such as are no text; archives in archives. */
const MAX_FILES = 500;
const MAX_BINARY_FILES = 8;
const MAX_DEPTH = 3;
/** Bytes of all of them. */
const MAX_BYTES = 16_777_216;
const MAX_SECTIONS = 4000;
const MAX_NAME_LENGTH = 200;
/** A file stands below the name of what it is in. */
const HEADING_LEVEL = 2;

/** Tells whether a file is text, and reads it: rejects with the errors of reading a document. */
export type FileOpener = (
  name: string,
  bytes: Uint8Array,
  inner: InnerFiles,
) => { readonly isText: boolean; readonly read: () => Promise<ExtractedContent> };

export class InnerFiles {
  /** Under the name of each file what it says; places inside of a file have no address. */
  readonly sections: Section[] = [];
  readonly links: ExtractedContent['links'][number][] = [];
  /** Files that were not read: no text, damaged, or too many. */
  leftOut = 0;
  readonly #open: FileOpener;
  #files = 0;
  #binaryFiles = 0;
  #depth = 0;
  #length = 0;
  #left_bytes = MAX_BYTES;

  constructor(open: FileOpener) {
    this.#open = open;
  }

  /** Bytes that are read at most from now on. */
  get left_bytes(): number {
    return this.#left_bytes;
  }

  get isFull(): boolean {
    return this.#files >= MAX_FILES || this.#left_bytes <= 0 || this.#hasAllText;
  }

  get #hasAllText(): boolean {
    return this.#length >= MAX_TEXT_LENGTH || this.sections.length >= MAX_SECTIONS;
  }

  /** Reads a file, unless it is one too many; what can't be read is counted. */
  async read(name: string, bytes: Uint8Array): Promise<void> {
    const isTooMany = this.isFull || bytes.length > this.#left_bytes || this.#depth >= MAX_DEPTH;
    const file = isTooMany ? undefined : this.#open(name, bytes, this);
    if (file === undefined || (!file.isText && this.#binaryFiles >= MAX_BINARY_FILES)) {
      this.leftOut += 1;
      return;
    }
    this.#files += 1;
    if (!file.isText) this.#binaryFiles += 1;
    this.#left_bytes -= bytes.length;
    this.#depth += 1;
    try {
      this.#take(name, await file.read());
    } catch (error) {
      if (!(error instanceof PeregrineError)) throw error;
      this.leftOut += 1;
    } finally {
      this.#depth -= 1;
    }
  }

  #take(name: string, { sections, links }: ExtractedContent): void {
    if (sections.length === 0) return;
    const said = collapseSpaces(name).slice(0, MAX_NAME_LENGTH);
    if (said !== '') this.sections.push({ kind: 'heading', text: said, level: HEADING_LEVEL, anchor: '' });
    for (const section of sections) {
      if (this.#hasAllText) return;
      this.sections.push({ ...section, anchor: '' });
      this.#length += section.text.length;
    }
    for (const link of links.slice(0, MAX_LINKS - this.links.length)) this.links.push(link);
  }
}

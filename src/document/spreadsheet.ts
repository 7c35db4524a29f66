/** Reads workbooks of Office Open XML (XLSX): a heading a sheet, a line a row. */

import { BlockList } from './block-list.ts';
import type { ExtractedContent } from './extracted.ts';
import { LinkResolver } from './link-resolver.ts';
import {
  corePropertiesOf,
  officeContent,
  openArchive,
  partText,
  relationsOf,
  requiredPart,
} from './office-package.ts';
import { attribute, walkXml, type XmlAttributes, type XmlHandler } from './xml-walk.ts';
import type { ZipArchive } from './zip-archive.ts';

const MAIN_PART = 'xl/workbook.xml';
const MAX_SHEETS = 500;
const MAX_SHARED_STRINGS = 1_000_000;

/** Reads an XLSX. Same errors as `readWordDocument`. */
export function readSpreadsheet(bytes: Uint8Array, url: string, now_ms: number): ExtractedContent {
  const archive = openArchive(bytes, url);
  const sheets = sheetsOf(requiredPart(archive, MAIN_PART, url));
  const relations = relationsOf(archive, MAIN_PART);
  const strings = sharedStrings(partText(archive, 'xl/sharedStrings.xml') ?? '');
  const blocks = new BlockList();
  for (const { name, id } of sheets) {
    const part = relations.get(id)?.target ?? '';
    if (blocks.isFull || !archive.has(part)) continue;
    blocks.append(name);
    blocks.flush('heading', 2);
    walkXml(partText(archive, part) ?? '', new CellReader(blocks, strings));
    blocks.flush('table');
    addLinks(archive, part, blocks);
  }
  const isCut = blocks.isFull;
  const sections = blocks.sections();
  const links = new LinkResolver(url, '').links(blocks.links, [], url);
  return officeContent({ ...corePropertiesOf(archive, now_ms), sections, links }, isCut);
}

/** Sheets that a reader is shown, in their order. */
function sheetsOf(workbook: string): { name: string; id: string }[] {
  const sheets: { name: string; id: string }[] = [];
  walkXml(workbook, {
    open: (name, attributes) => {
      if (name !== 'sheet' || /hidden/i.test(attributes['state'] ?? '')) return true;
      sheets.push({ name: attributes['name'] ?? '', id: attribute(attributes, 'id') });
      return sheets.length < MAX_SHEETS;
    },
  });
  return sheets;
}

/** Texts that cells point to by number. */
function sharedStrings(markup: string): string[] {
  const strings: string[] = [];
  let text = '';
  let inText = false;
  let inReading = false;
  walkXml(markup, {
    open: (name) => {
      if (name === 'si') text = '';
      else if (name === 't') inText = true;
      else if (name === 'rPh') inReading = true;
      return strings.length < MAX_SHARED_STRINGS;
    },
    // Readings stand beside the words that they spell out.
    text: (more) => void (text += inText && !inReading ? more : ''),
    close: (name) => {
      if (name === 't') inText = false;
      else if (name === 'rPh') inReading = false;
      else if (name === 'si') strings.push(text);
    },
  });
  return strings;
}

function addLinks(archive: ZipArchive, part: string, blocks: BlockList): void {
  for (const { target, isExternal, type } of relationsOf(archive, part).values()) {
    if (isExternal && type === 'hyperlink') blocks.addLink(target, '');
  }
}

class CellReader implements XmlHandler {
  readonly #blocks: BlockList;
  readonly #strings: readonly string[];
  #type = '';
  #value = '';
  #inValue = false;

  constructor(blocks: BlockList, strings: readonly string[]) {
    this.#blocks = blocks;
    this.#strings = strings;
  }

  open(name: string, attributes: XmlAttributes): boolean {
    if (name === 'c') {
      this.#type = attributes['t'] ?? 'n';
      this.#value = '';
    } else if (name === 'v' || name === 't') {
      this.#inValue = true;
    }
    return !this.#blocks.isFull;
  }

  text(text: string): void {
    if (this.#inValue) this.#value += text;
  }

  close(name: string): void {
    if (name === 'v' || name === 't') this.#inValue = false;
    else if (name === 'c') this.#closeCell();
    else if (name === 'row') this.#blocks.append('\n');
  }

  #closeCell(): void {
    const value = this.#type === 's' ? (this.#strings[Number(this.#value)] ?? '') : this.#value;
    // Truth values and errors are numbers and names of errors: nobody looks for them.
    if (value !== '' && this.#type !== 'b' && this.#type !== 'e') {
      this.#blocks.append(`${value.replaceAll(/\s+/g, ' ')}\t`);
    }
  }
}

/** Reads OpenDocument files (ODT, ODS, ODP): headings, paragraphs, lists, tables, links; sheets and slides by name. */

import { BlockList } from './block-list.ts';
import type { SectionKind } from './document.ts';
import type { ExtractedContent } from './extracted.ts';
import { LinkResolver } from './link-resolver.ts';
import { officeContent, openArchive, partText, propertiesOf, requiredPart } from './office-package.ts';
import { attribute, walkXml, type XmlAttributes, type XmlHandler } from './xml-walk.ts';

/** Remarks, deleted text, styles. */
const UNREAD: ReadonlySet<string> = new Set([
  'annotation',
  'automatic-styles',
  'font-face-decls',
  'scripts',
  'tracked-changes',
]);

/** Reads an OpenDocument file. Same errors as `readWordDocument`. */
export function readOpenDocument(bytes: Uint8Array, url: string, now_ms: number): ExtractedContent {
  const archive = openArchive(bytes, url);
  const blocks = new BlockList();
  walkXml(requiredPart(archive, 'content.xml', url), new ContentReader(blocks));
  const isCut = blocks.isFull;
  const sections = blocks.sections();
  const links = new LinkResolver(url, '').links(blocks.links, [], url);
  const properties = propertiesOf(partText(archive, 'meta.xml') ?? '', now_ms);
  return officeContent({ ...properties, sections, links }, isCut);
}

class ContentReader implements XmlHandler {
  readonly #blocks: BlockList;
  #unread = 0;
  #lists = 0;
  #tables = 0;
  #paragraphs = 0;
  #level = 0;
  #isSheet = false;
  #link: { href: string; text: string } | undefined;

  constructor(blocks: BlockList) {
    this.#blocks = blocks;
  }

  open(name: string, attributes: XmlAttributes): boolean {
    if (UNREAD.has(name)) this.#unread += 1;
    if (this.#unread > 0) return true;
    if (name === 'p' || name === 'h') {
      this.#paragraphs += 1;
      if (name === 'h') this.#level = headingLevel(attribute(attributes, 'outline-level'));
    } else if (name === 'list') this.#lists += 1;
    else if (name === 'spreadsheet') this.#isSheet = true;
    else if (name === 'table') this.#openTable(attribute(attributes, 'name'));
    else if (name === 'page') this.#named(attribute(attributes, 'name'));
    else if (name === 's' || name === 'tab' || name === 'line-break') this.text(' ');
    else if (name === 'a') this.#link = { href: attribute(attributes, 'href'), text: '' };
    return !this.#blocks.isFull;
  }

  text(text: string): void {
    if (this.#paragraphs === 0 || this.#unread > 0) return;
    this.#blocks.append(text);
    if (this.#link !== undefined) this.#link.text += text;
  }

  close(name: string): void {
    if (UNREAD.has(name)) this.#unread -= 1;
    if (this.#unread > 0) return;
    if (name === 'p' || name === 'h') this.#closeParagraph(name);
    else if (name === 'list') this.#lists = Math.max(0, this.#lists - 1);
    else if (name === 'table-cell') this.#blocks.append('\t');
    else if (name === 'table-row') this.#blocks.append('\n');
    else if (name === 'a' && this.#link !== undefined) {
      this.#blocks.addLink(this.#link.href, this.#link.text);
      this.#link = undefined;
    } else if (name === 'table') {
      this.#tables = Math.max(0, this.#tables - 1);
      if (this.#tables === 0) this.#blocks.flush('table');
    }
  }

  #closeParagraph(name: string): void {
    this.#paragraphs = Math.max(0, this.#paragraphs - 1);
    const kind: SectionKind = name === 'h' ? 'heading' : this.#lists > 0 ? 'list' : 'text';
    if (this.#tables > 0) this.#blocks.append(' ');
    else this.#blocks.flush(kind, this.#level);
  }

  #openTable(name: string): void {
    this.#tables += 1;
    if (this.#isSheet && this.#tables === 1) this.#named(name);
  }

  /** A sheet or a slide begins. */
  #named(name: string): void {
    this.#blocks.append(name);
    this.#blocks.flush('heading', 2);
  }
}

function headingLevel(said: string): number {
  return Math.min(6, Math.max(1, Number(said) || 1));
}

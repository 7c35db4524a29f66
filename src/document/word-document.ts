/** Reads text documents of Office Open XML (DOCX): paragraphs by their styles, lists, tables, links, notes. */

import { BlockList } from './block-list.ts';
import type { SectionKind } from './document.ts';
import type { ExtractedContent } from './extracted.ts';
import { LinkResolver } from './link-resolver.ts';
import {
  corePropertiesOf,
  officeContent,
  openArchive,
  partText,
  type Relation,
  relationsOf,
  requiredPart,
} from './office-package.ts';
import { attribute, walkXml, type XmlAttributes, type XmlHandler } from './xml-walk.ts';

const MAIN_PART = 'word/document.xml';
/** Text that was deleted, formulas of fields, and the second version of what the first one shows. */
const UNREAD: ReadonlySet<string> = new Set(['delText', 'instrText', 'Fallback', 'del', 'moveFrom']);

/** Reads a DOCX. Throws `PARSE_FAILED` for what is none or is damaged, `TOO_LARGE` for what unpacks to too much. */
export function readWordDocument(bytes: Uint8Array, url: string, now_ms: number): ExtractedContent {
  const archive = openArchive(bytes, url);
  const main = requiredPart(archive, MAIN_PART, url);
  const blocks = new BlockList();
  const levels = headingLevels(partText(archive, 'word/styles.xml') ?? '');
  walkXml(main, new ParagraphReader(blocks, levels, relationsOf(archive, MAIN_PART)));
  for (const part of ['word/footnotes.xml', 'word/endnotes.xml']) {
    walkXml(partText(archive, part) ?? '', new ParagraphReader(blocks, levels, relationsOf(archive, part)));
  }
  const isCut = blocks.isFull;
  const sections = blocks.sections();
  const links = new LinkResolver(url, '').links(blocks.links, [], url);
  const properties = corePropertiesOf(archive, now_ms);
  return officeContent({ ...properties, sections, links }, isCut);
}

/** Styles of headings: by outline level where it is given, else by name. Level 1 also for titles. */
function headingLevels(styles: string): ReadonlyMap<string, number> {
  const levels = new Map<string, number>();
  let style = '';
  walkXml(styles, {
    open: (name, attributes) => {
      const value = attribute(attributes, 'val');
      if (name === 'style') style = attribute(attributes, 'styleId');
      else if (name === 'outlineLvl' && Number(value) < 6) levels.set(style, Number(value) + 1);
      else if (name === 'name') {
        const level = /^heading ([1-6])$/i.exec(value)?.[1] ?? (/^title$/i.test(value) ? '1' : undefined);
        if (level !== undefined) levels.set(style, Number(level));
      }
    },
  });
  return levels;
}

class ParagraphReader implements XmlHandler {
  readonly #blocks: BlockList;
  readonly #levels: ReadonlyMap<string, number>;
  readonly #relations: ReadonlyMap<string, Relation>;
  #kind: SectionKind = 'text';
  #level = 0;
  #tables = 0;
  #unread = 0;
  #inText = false;
  #link: { href: string; text: string } | undefined;

  constructor(
    blocks: BlockList,
    levels: ReadonlyMap<string, number>,
    relations: ReadonlyMap<string, Relation>,
  ) {
    this.#blocks = blocks;
    this.#levels = levels;
    this.#relations = relations;
  }

  open(name: string, attributes: XmlAttributes): boolean {
    if (UNREAD.has(name)) this.#unread += 1;
    if (this.#unread > 0) return true;
    if (name === 't') this.#inText = true;
    else if (name === 'p' && this.#tables === 0) this.#setKind('text', 0);
    else if (name === 'pStyle') this.#setStyle(attribute(attributes, 'val'));
    else if (name === 'outlineLvl') this.#setLevel(Number(attribute(attributes, 'val')) + 1);
    else if (name === 'numPr' && this.#kind === 'text' && this.#tables === 0) this.#setKind('list', 0);
    else if (name === 'tab') this.#blocks.append(' ');
    else if (name === 'br' || name === 'cr') this.#blocks.append(' ');
    else if (name === 'hyperlink') this.#openLink(attribute(attributes, 'id'));
    else if (name === 'tbl') {
      if (this.#tables === 0) this.#blocks.flush(this.#kind, this.#level);
      this.#tables += 1;
    }
    return !this.#blocks.isFull;
  }

  text(text: string): void {
    if (!this.#inText || this.#unread > 0) return;
    this.#blocks.append(text);
    if (this.#link !== undefined) this.#link.text += text;
  }

  close(name: string): void {
    if (UNREAD.has(name)) this.#unread -= 1;
    if (this.#unread > 0) return;
    if (name === 't') this.#inText = false;
    else if (name === 'p') this.#closeParagraph();
    else if (name === 'tc') this.#blocks.append('\t');
    else if (name === 'tr') this.#blocks.append('\n');
    else if (name === 'hyperlink') this.#closeLink();
    else if (name === 'tbl') {
      this.#tables = Math.max(0, this.#tables - 1);
      if (this.#tables === 0) this.#blocks.flush('table');
    }
  }

  #closeParagraph(): void {
    // Cells hold paragraphs too; there they are words of a row.
    if (this.#tables > 0) this.#blocks.append(' ');
    else this.#blocks.flush(this.#kind, this.#level);
  }

  #setStyle(style: string): void {
    const level = this.#levels.get(style) ?? Number(/^Heading([1-6])$/.exec(style)?.[1] ?? 0);
    if (level > 0) this.#setLevel(level);
  }

  #setLevel(level: number): void {
    if (level >= 1 && level <= 6 && this.#tables === 0) this.#setKind('heading', level);
  }

  #setKind(kind: SectionKind, level: number): void {
    this.#kind = kind;
    this.#level = level;
  }

  #openLink(id: string): void {
    const relation = this.#relations.get(id);
    if (relation?.isExternal === true) this.#link = { href: relation.target, text: '' };
  }

  #closeLink(): void {
    if (this.#link !== undefined) this.#blocks.addLink(this.#link.href, this.#link.text);
    this.#link = undefined;
  }
}

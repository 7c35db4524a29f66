/** Reads presentations of Office Open XML (PPTX): slide by slide, its title a heading, with the speaker's notes. */

import { BlockList } from './block-list.ts';
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

const MAIN_PART = 'ppt/presentation.xml';
const MAX_SLIDES = 2000;
/** Placeholders that stand on every slide. */
const FRAME = /^(?:dt|ftr|sldNum|hdr)$/;

/** Reads a PPTX. Same errors as `readWordDocument`. */
export function readPresentation(bytes: Uint8Array, url: string, now_ms: number): ExtractedContent {
  const archive = openArchive(bytes, url);
  const main = requiredPart(archive, MAIN_PART, url);
  const slides = relationsOf(archive, MAIN_PART);
  const blocks = new BlockList();
  for (const id of slideIds(main)) {
    const part = slides.get(id)?.target ?? '';
    if (blocks.isFull || !archive.has(part)) continue;
    const relations = relationsOf(archive, part);
    walkXml(partText(archive, part) ?? '', new SlideReader(blocks, relations));
    for (const { type, target } of relations.values()) {
      if (type === 'notesSlide') walkXml(partText(archive, target) ?? '', new SlideReader(blocks, new Map()));
    }
  }
  const isCut = blocks.isFull;
  const sections = blocks.sections();
  const links = new LinkResolver(url, '').links(blocks.links, [], url);
  return officeContent({ ...corePropertiesOf(archive, now_ms), sections, links }, isCut);
}

/** Relations of the slides, in the order in which they are shown. */
function slideIds(presentation: string): string[] {
  const ids: string[] = [];
  walkXml(presentation, {
    open: (name, attributes) => {
      // An `id` without prefix is the slide's number.
      if (name === 'sldId') ids.push(attributes['r:id'] ?? attribute(attributes, 'id'));
      return ids.length < MAX_SLIDES;
    },
  });
  return ids;
}

class SlideReader implements XmlHandler {
  readonly #blocks: BlockList;
  readonly #relations: ReadonlyMap<string, Relation>;
  #isTitle = false;
  #isFrame = false;
  #inTable = false;
  #inText = false;
  #href = '';

  constructor(blocks: BlockList, relations: ReadonlyMap<string, Relation>) {
    this.#blocks = blocks;
    this.#relations = relations;
  }

  open(name: string, attributes: XmlAttributes): boolean {
    if (name === 'sp') this.#isTitle = this.#isFrame = false;
    else if (name === 'ph') {
      const type = attributes['type'] ?? '';
      this.#isTitle = type === 'title' || type === 'ctrTitle';
      this.#isFrame = FRAME.test(type);
    } else if (name === 't') this.#inText = true;
    else if (name === 'br') this.#blocks.append(' ');
    else if (name === 'tbl') this.#inTable = true;
    else if (name === 'hlinkClick') {
      const relation = this.#relations.get(attributes['r:id'] ?? attribute(attributes, 'id'));
      this.#href = relation?.isExternal === true ? relation.target : '';
    }
    return !this.#blocks.isFull;
  }

  text(text: string): void {
    if (!this.#inText || this.#isFrame) return;
    this.#blocks.append(text);
    if (this.#href !== '') this.#blocks.addLink(this.#href, text);
  }

  close(name: string): void {
    if (name === 't') this.#inText = false;
    else if (name === 'r') this.#href = '';
    else if (name === 'tc') this.#blocks.append('\t');
    else if (name === 'tr') this.#blocks.append('\n');
    else if (name === 'p' && this.#inTable) this.#blocks.append(' ');
    else if (name === 'p') this.#blocks.flush(this.#isTitle ? 'heading' : 'text', 2);
    else if (name === 'tbl') {
      this.#inTable = false;
      this.#blocks.flush('table');
    }
  }
}

/** Reads HTML tag by tag: the tokenizer of htmlparser2 with bounded attributes and no tree of its own. */

import { Tokenizer } from 'htmlparser2';
import { decodeText } from './character-references.ts';
import { ScriptEnd } from './script-end.ts';
import { withUnits } from './source-units.ts';
import { type Attributes, TagAttributes } from './tag-attributes.ts';
import { tagNameIn } from './tag-names.ts';

export interface MarkupHandler {
  /**
   * Lower-case name; of the attributes only the wanted names, first occurrence, values cut, all of it good until the next
   * tag. `isSelfClosed` only matters inside SVG and MathML.
   */
  open(name: string, attributes: Attributes, isSelfClosed: boolean): void;
  close(name: string): void;
  /** The text `source.slice(start, end)`. */
  text(source: string, start: number, end: number): void;
  /** Inside SVG or MathML, where `<style>` and `<title>` are ordinary elements. */
  isForeign(): boolean;
}

/** Hands the tags and texts of a page to a handler, in their order. */
export type MarkupSource = (markup: string, handler: MarkupHandler) => void;

const MAX_ATTRIBUTE_LENGTH = 8192;

/** Attributes that anybody downstream looks at. */
const WANTED: ReadonlySet<string> = new Set([
  'alt',
  'class',
  'content',
  'data-nosnippet',
  'datetime',
  'hidden',
  'href',
  'hreflang',
  'http-equiv',
  'id',
  'itemprop',
  'itemscope',
  'lang',
  'name',
  'property',
  'rel',
  'role',
  'src',
  'style',
  'title',
  'type',
  'xml:lang',
]);

const CDATA = '[CDATA[';

/** Elements whose text is nothing but text: character references in it stay as they are. The tokenizer knows them too. */
const RAW_TEXT: ReadonlySet<string> = new Set([
  'iframe',
  'noembed',
  'noframes',
  'plaintext',
  'script',
  'style',
  'xmp',
]);

/** Names of most tags are shorter than those, or as long as none of them, and need not be looked up. */
function isRawText(name: string): boolean {
  return name.length > 2 && name.length !== 4 && RAW_TEXT.has(name);
}

/** Hands every tag and text of `markup` to `handler`, in one pass; of the attributes those that are `wanted`. */
export function readMarkup(
  markup: string,
  handler: MarkupHandler,
  wanted: Pick<ReadonlySet<string>, 'has'> = WANTED,
): void {
  const text = markup.includes('\r') ? markup.replaceAll(/\r\n?/g, '\n') : markup;
  withUnits(text, (units) => {
    const reader = new MarkupReader(text, units, handler, wanted);
    // Where it need not look for references the tokenizer runs through text and values; we look where there is an ampersand.
    const tokenizer = new Tokenizer({ xmlMode: false, decodeEntities: false }, reader);
    tokenizer.write(text);
    tokenizer.end();
  });
}

/** Receives offsets into the markup and turns them into names, attributes and text. */
class MarkupReader {
  readonly #markup: string;
  readonly #units: Uint16Array;
  readonly #handler: MarkupHandler;
  readonly #wanted: Pick<ReadonlySet<string>, 'has'>;
  #name = '';
  readonly #attributes: TagAttributes;
  #script: ScriptEnd | undefined;
  /** The text is that of one of {@link RAW_TEXT}. */
  #isRaw = false;
  /** The first ampersand behind what was read. */
  #ampersand: number;
  /** The attribute that is read, empty where nobody wants it; its value. */
  #attribute = '';
  #start = 0;
  #end = 0;

  constructor(
    markup: string,
    units: Uint16Array,
    handler: MarkupHandler,
    wanted: Pick<ReadonlySet<string>, 'has'>,
  ) {
    this.#markup = markup;
    this.#units = units;
    this.#handler = handler;
    this.#wanted = wanted;
    this.#attributes = new TagAttributes(markup);
    this.#ampersand = this.#ampersandFrom(0);
  }

  onopentagname(start: number, end: number): void {
    this.#name = tagNameIn(this.#units, start, end);
    this.#attributes.clear();
  }

  onattribname(start: number, end: number): void {
    const name = tagNameIn(this.#units, start, end);
    const isNew = this.#wanted.has(name) && !this.#attributes.has(name);
    this.#attribute = isNew ? name : '';
    this.#start = 0;
    this.#end = 0;
  }

  onattribdata(start: number, end: number): void {
    this.#start = start;
    this.#end = Math.min(end, start + MAX_ATTRIBUTE_LENGTH);
  }

  onattribentity(): void {
    // Values come whole.
  }

  onattribend(): void {
    if (this.#attribute !== '') this.#attributes.addSlice(this.#attribute, this.#start, this.#end);
    this.#attribute = '';
  }

  onopentagend(end: number): void {
    this.#open(false, end);
  }

  onselfclosingtag(end: number): void {
    // White space between slash and bracket makes it an ordinary tag.
    this.#open(this.#markup.charCodeAt(end - 1) === 0x2f, end);
  }

  onclosetag(start: number, end: number): void {
    const name = tagNameIn(this.#units, start, end);
    if (this.#script !== undefined) {
      // The tokenizer takes a script to end at the first end tag, and what follows for markup.
      if (name !== 'script' || !this.#script.endsAt(this.#markup, start - 2)) {
        this.#handler.text(this.#markup, start - 2, Math.min(end + 1, this.#markup.length));
        return;
      }
      this.#script = undefined;
    }
    this.#isRaw = false;
    this.#handler.close(name);
  }

  ontext(start: number, end: number): void {
    // An end tag in which the page breaks off comes as text from nowhere.
    if (start < 0) return;
    if (this.#ampersand < start) this.#ampersand = this.#ampersandFrom(start);
    if (this.#ampersand >= end || this.#isRaw || this.#script !== undefined) {
      this.#handler.text(this.#markup, start, end);
      return;
    }
    if (this.#ampersand > start) this.#handler.text(this.#markup, start, this.#ampersand);
    const text = decodeText(this.#markup.slice(this.#ampersand, end));
    this.#handler.text(text, 0, text.length);
  }

  ontextentity(): void {
    // Texts come whole.
  }

  isInForeignContext(): boolean {
    return this.#handler.isForeign();
  }

  oncdata(start: number, end: number, offset: number): void {
    // In HTML proper this is a comment.
    if (this.#handler.isForeign()) this.#handler.text(this.#markup, start, end - offset);
  }

  oncomment(start: number, end: number): void {
    // Comments say nothing to a reader, but character data without an end are handed over as one.
    if (this.#handler.isForeign() && this.#markup.startsWith(CDATA, start)) {
      this.#handler.text(this.#markup, start + CDATA.length, end);
    }
  }

  ondeclaration(): void {
    // The doctype changes nothing for the text.
  }

  onprocessinginstruction(): void {
    // HTML has none.
  }

  onend(): void {
    // Whoever called knows.
  }

  #open(isSelfClosed: boolean, end: number): void {
    if (this.#script !== undefined) return;
    if (isRawText(this.#name) && !this.#handler.isForeign()) {
      this.#isRaw = true;
      if (this.#name === 'script') this.#script = new ScriptEnd(end + 1);
    }
    this.#handler.open(this.#name, this.#attributes, isSelfClosed);
  }

  #ampersandFrom(start: number): number {
    const found = this.#markup.indexOf('&', start);
    return found < 0 ? Number.POSITIVE_INFINITY : found;
  }
}

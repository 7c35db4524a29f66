/** Reads HTML tag by tag: the tokenizer of htmlparser2 with bounded attributes and no tree of its own. */

import { Tokenizer } from 'htmlparser2';
import { ScriptEnd } from './script-end.ts';
import { type Attributes, TagAttributes } from './tag-attributes.ts';
import { tagName } from './tag-names.ts';

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

/** Hands every tag and text of `markup` to `handler`, in one pass; of the attributes those that are `wanted`. */
export function readMarkup(
  markup: string,
  handler: MarkupHandler,
  wanted: Pick<ReadonlySet<string>, 'has'> = WANTED,
): void {
  const text = markup.includes('\r') ? markup.replaceAll(/\r\n?/g, '\n') : markup;
  const reader = new MarkupReader(text, handler, wanted);
  const tokenizer = new Tokenizer({ xmlMode: false, decodeEntities: true }, reader);
  tokenizer.write(text);
  tokenizer.end();
}

/** Receives offsets into the markup and turns them into names, attributes and text. */
class MarkupReader {
  readonly #markup: string;
  readonly #handler: MarkupHandler;
  readonly #wanted: Pick<ReadonlySet<string>, 'has'>;
  #name = '';
  readonly #attributes: TagAttributes;
  #script: ScriptEnd | undefined;
  /** The attribute that is read, empty where nobody wants it. */
  #attribute = '';
  /** Its value: a part of the markup where it is one, else what was put together. */
  #start = 0;
  #end = 0;
  #value: string | undefined;

  constructor(markup: string, handler: MarkupHandler, wanted: Pick<ReadonlySet<string>, 'has'>) {
    this.#markup = markup;
    this.#handler = handler;
    this.#wanted = wanted;
    this.#attributes = new TagAttributes(markup);
  }

  onopentagname(start: number, end: number): void {
    this.#name = tagName(this.#markup, start, end);
    this.#attributes.clear();
  }

  onattribname(start: number, end: number): void {
    const name = tagName(this.#markup, start, end);
    const isNew = this.#wanted.has(name) && !this.#attributes.has(name);
    this.#attribute = isNew ? name : '';
    this.#start = 0;
    this.#end = 0;
    this.#value = undefined;
  }

  onattribdata(start: number, end: number): void {
    if (this.#attribute === '') return;
    if (this.#end === 0 && this.#value === undefined) {
      this.#start = start;
      this.#end = Math.min(end, start + MAX_ATTRIBUTE_LENGTH);
    } else if (this.#valueSoFar().length < MAX_ATTRIBUTE_LENGTH) {
      this.#value =
        this.#valueSoFar() + this.#markup.slice(start, Math.min(end, start + MAX_ATTRIBUTE_LENGTH));
    }
  }

  onattribentity(codePoint: number): void {
    if (this.#attribute === '' || this.#valueSoFar().length >= MAX_ATTRIBUTE_LENGTH) return;
    this.#value = this.#valueSoFar() + String.fromCodePoint(codePoint);
  }

  onattribend(): void {
    if (this.#attribute === '') return;
    if (this.#value === undefined) this.#attributes.addSlice(this.#attribute, this.#start, this.#end);
    else this.#attributes.add(this.#attribute, this.#value);
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
    const name = tagName(this.#markup, start, end);
    if (this.#script !== undefined) {
      // The tokenizer takes a script to end at the first end tag, and what follows for markup.
      if (name !== 'script' || !this.#script.endsAt(this.#markup, start - 2)) {
        this.#handler.text(this.#markup, start - 2, Math.min(end + 1, this.#markup.length));
        return;
      }
      this.#script = undefined;
    }
    this.#handler.close(name);
  }

  ontext(start: number, end: number): void {
    // An end tag in which the page breaks off comes as text from nowhere.
    if (start < 0) return;
    this.#handler.text(this.#markup, start, end);
  }

  ontextentity(codePoint: number): void {
    const character = String.fromCodePoint(codePoint);
    this.#handler.text(character, 0, character.length);
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
    if (this.#name === 'script' && !this.#handler.isForeign()) this.#script = new ScriptEnd(end + 1);
    this.#handler.open(this.#name, this.#attributes, isSelfClosed);
  }

  #valueSoFar(): string {
    return this.#value ?? this.#markup.slice(this.#start, this.#end);
  }
}

/** Where the text of a page stands in its markup, character by character: what one needs to mark words in a page as it came. */

import { Tokenizer } from 'htmlparser2';
import { ScriptEnd } from './script-end.ts';
import { tagName } from './tag-names.ts';

export interface TextRuns {
  /** What a reader sees, blocks parted by line breaks, characters references read. */
  readonly text: string;
  /**
   * Pieces of the text in order, four numbers each: `text.slice(a, b)` stands at `markup.slice(c, d)`. They are the same
   * letters, but where a reference (`&amp;`) stands for them.
   */
  readonly pieces: Uint32Array;
}

/** Elements whose text nobody sees, or in which nothing may be marked. */
const UNMARKED: ReadonlySet<string> = new Set(
  'script style title textarea template noscript noembed noframes iframe svg math option select xmp plaintext head'.split(
    ' ',
  ),
);
/** Elements that begin and end within a word without parting it. */
const INLINE: ReadonlySet<string> = new Set(
  'a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd mark nobr q rp rt ruby s samp small span strike strong sub sup time tt u var wbr'.split(
    ' ',
  ),
);

/** One pass; what is no markup is text, as for a browser. */
export function textRuns(markup: string): TextRuns {
  const reader = new RunReader(markup);
  const tokenizer = new Tokenizer({ xmlMode: false, decodeEntities: true }, reader);
  tokenizer.write(markup);
  tokenizer.end();
  return reader.runs();
}

class RunReader {
  readonly #markup: string;
  readonly #pieces: number[] = [];
  #text = '';
  #name = '';
  /** The open element in which nothing is marked, and how often one of its name is open in it. */
  #unmarked = '';
  #depth = 0;
  #script: ScriptEnd | undefined;

  constructor(markup: string) {
    this.#markup = markup;
  }

  runs(): TextRuns {
    return { text: this.#text, pieces: Uint32Array.from(this.#pieces) };
  }

  onopentagname(start: number, end: number): void {
    this.#name = tagName(this.#markup, start, end);
  }

  onopentagend(end: number): void {
    if (this.#script !== undefined) return;
    const name = this.#name;
    if (name === 'script' && this.#unmarked === '') this.#script = new ScriptEnd(end + 1);
    if (this.#unmarked === '') {
      if (UNMARKED.has(name)) [this.#unmarked, this.#depth] = [name, 1];
    } else if (name === this.#unmarked) this.#depth += 1;
    this.#part(name);
  }

  onselfclosingtag(end: number): void {
    // Outside of SVG and MathML the slash means nothing.
    if (!['svg', 'math'].includes(this.#unmarked === '' ? this.#name : this.#unmarked))
      this.onopentagend(end);
  }

  onclosetag(start: number, end: number): void {
    const name = tagName(this.#markup, start, end);
    if (this.#script !== undefined) {
      // The tokenizer takes a script to end at the first end tag.
      if (name !== 'script' || !this.#script.endsAt(this.#markup, start - 2)) return;
      this.#script = undefined;
    }
    if (name === this.#unmarked) {
      this.#depth -= 1;
      if (this.#depth === 0) this.#unmarked = '';
    }
    this.#part(name);
  }

  ontext(start: number, end: number): void {
    // An end tag in which the page breaks off comes as text from nowhere.
    if (start >= 0) this.#add(this.#markup.slice(start, end), start, end);
  }

  ontextentity(codePoint: number, end: number): void {
    const start = this.#markup.lastIndexOf('&', end - 1);
    if (start >= 0) this.#add(String.fromCodePoint(codePoint), start, end);
  }

  isInForeignContext(): boolean {
    return this.#unmarked === 'svg' || this.#unmarked === 'math';
  }

  onattribname(): void {
    // Attributes are not seen.
  }
  onattribdata(): void {
    // Nor their values.
  }
  onattribentity(): void {
    // Nor references in them.
  }
  onattribend(): void {
    // Nor their ends.
  }
  oncdata(): void {
    // A comment in HTML; what is foreign is not marked.
  }
  oncomment(): void {
    // Not seen.
  }
  ondeclaration(): void {
    // Not seen.
  }
  onprocessinginstruction(): void {
    // HTML has none.
  }
  onend(): void {
    // Whoever called knows.
  }

  #part(name: string): void {
    if (!INLINE.has(name) && this.#text !== '' && !this.#text.endsWith('\n')) this.#text += '\n';
  }

  #add(text: string, start: number, end: number): void {
    if (this.#unmarked !== '' || this.#script !== undefined) return;
    this.#pieces.push(this.#text.length, this.#text.length + text.length, start, end);
    this.#text += text;
  }
}

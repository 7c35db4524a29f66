/** Finds tags and texts in the units of a page, as the tokenizer of the HTML Standard does (§13.2.5). */

import { nameIn } from './tag-names.ts';

/** What receives tags and texts, by places in the page. Comments and declarations are told to nobody. */
export interface TokenSink {
  text(start: number, end: number): void;
  /** A start tag begins; it counts when it ends, for one in which the page breaks off is none. */
  beginTag(name: string): void;
  /** An attribute of it, and where its value stands: nowhere, where it has none. */
  attribute(name: string, start: number, end: number): void;
  /** The start tag ends at the bracket at `end`, behind a slash or not. */
  endTag(end: number, isSelfClosed: boolean): void;
  /** An end tag, whose name stands there. */
  closeTag(name: string, start: number, end: number): void;
  /** Character data, with or without an end. */
  data(start: number, end: number): void;
  /** Inside SVG or MathML, where elements whose text is nothing but text are ordinary ones. */
  isForeign(): boolean;
}

const [TAB, LINE_FEED, FORM_FEED, RETURN, SPACE] = [0x09, 0x0a, 0x0c, 0x0d, 0x20] as const;
const [EXCLAMATION, DOUBLE_QUOTE, SINGLE_QUOTE, DASH, SLASH] = [0x21, 0x22, 0x27, 0x2d, 0x2f] as const;
const [EQUALS, GREATER, QUESTION, OPENING_BRACKET, CLOSING_BRACKET] = [0x3d, 0x3e, 0x3f, 0x5b, 0x5d] as const;
/** Begins a tag; also stands behind the end of the page. */
export const LESS = 0x3c;
const LOWER = 0x20;
const CHARACTER_DATA = 'CDATA[';

/** Elements in whose text there are no tags but their own end tag. */
const TEXT_ONLY: ReadonlySet<string> = new Set([
  'iframe',
  'noembed',
  'noframes',
  'plaintext',
  'script',
  'style',
  'textarea',
  'title',
  'xmp',
]);
/** Names of most tags are shorter, or as long as no name of those: they are not looked up. */
const SHORTEST_TEXT_ONLY = 3;
const NO_TEXT_ONLY = 4;

/**
 * Hands tags and texts of the page to `sink`, whose units are the first `length` of `units`; behind them stands {@link LESS}.
 * Lines end in line feeds alone.
 */
export function tokenize(units: Uint16Array, length: number, sink: TokenSink): void {
  new Tokenizer(units, length, sink).run();
}

class Tokenizer {
  readonly #units: Uint16Array;
  readonly #length: number;
  readonly #sink: TokenSink;

  constructor(units: Uint16Array, length: number, sink: TokenSink) {
    this.#units = units;
    this.#length = length;
    this.#sink = sink;
  }

  /** The hot loop over the page: text up to what may begin a tag. */
  run(): void {
    const units = this.#units;
    const length = this.#length;
    let start = 0;
    let at = 0;
    for (;;) {
      while (units[at] !== LESS) at += 1;
      if (at > start) this.#sink.text(start, at);
      if (at >= length) return;
      const next = at + 1 < length ? (units[at + 1] as number) : 0;
      const letter = next | LOWER;
      if (letter >= 0x61 && letter <= 0x7a) {
        at = start = this.#startTag(at + 1);
      } else if (next === SLASH) {
        at = start = this.#endTag(at);
      } else if (next === EXCLAMATION) {
        at = start = this.#declaration(at + 2);
      } else if (next === QUESTION) {
        at = start = this.#behindBracket(at + 2);
      } else {
        // What begins no tag is the beginning of more text.
        start = at;
        at += 1;
      }
    }
  }

  /** A start tag, its name from `start` on, and the text of an element that holds nothing else; tells where it goes on. */
  #startTag(start: number): number {
    const units = this.#units;
    const length = this.#length;
    const sink = this.#sink;
    let hash = 0;
    let at = start;
    for (; at < length; at++) {
      const unit = units[at] as number;
      if (endsName(unit)) break;
      hash = (Math.imul(hash, 31) + (unit | LOWER)) | 0;
    }
    const name = nameIn(units, start, at, hash);
    const size = at - start;
    const isTextOnly =
      size >= SHORTEST_TEXT_ONLY && size !== NO_TEXT_ONLY && TEXT_ONLY.has(name) && !sink.isForeign();
    sink.beginTag(name);
    let slash = -1;
    while (at < length) {
      const unit = units[at] as number;
      if (unit === GREATER) {
        sink.endTag(at, slash >= 0 && slash === at - 1);
        return isTextOnly ? this.#textOnly(name, at + 1) : at + 1;
      }
      if (unit === SLASH) slash = at;
      if (unit === SLASH || isSpace(unit)) at += 1;
      else at = this.#attribute(at);
    }
    return length;
  }

  /** An attribute of the start tag, its name from `start` on; tells where it goes on. */
  #attribute(start: number): number {
    const units = this.#units;
    const length = this.#length;
    let hash = (units[start] as number) | LOWER;
    let at = start + 1;
    for (; at < length; at++) {
      const unit = units[at] as number;
      if (unit === EQUALS || endsName(unit)) break;
      hash = (Math.imul(hash, 31) + (unit | LOWER)) | 0;
    }
    const name = nameIn(units, start, at, hash);
    while (at < length && isSpace(units[at] as number)) at += 1;
    if (at >= length) return length;
    if (units[at] !== EQUALS) {
      this.#sink.attribute(name, 0, 0);
      return at;
    }
    at += 1;
    while (at < length && isSpace(units[at] as number)) at += 1;
    if (at >= length) return length;
    const quote = units[at] as number;
    const isQuoted = quote === DOUBLE_QUOTE || quote === SINGLE_QUOTE;
    if (isQuoted) at += 1;
    const from = at;
    if (isQuoted) while (at < length && units[at] !== quote) at += 1;
    else while (at < length && units[at] !== GREATER && !isSpace(units[at] as number)) at += 1;
    this.#sink.attribute(name, from, at);
    return isQuoted ? at + 1 : at;
  }

  /** What begins with `</` at `start`: an end tag, or a comment; tells where it goes on. */
  #endTag(start: number): number {
    const units = this.#units;
    const length = this.#length;
    let at = start + 2;
    if (at >= length) {
      this.#sink.text(start, length);
      return length;
    }
    const letter = (units[at] as number) | LOWER;
    if (letter < 0x61 || letter > 0x7a) return this.#behindBracket(at);
    let hash = 0;
    for (; at < length; at++) {
      const unit = units[at] as number;
      if (endsName(unit)) break;
      hash = (Math.imul(hash, 31) + (unit | LOWER)) | 0;
    }
    if (at >= length) return length;
    const from = start + 2;
    this.#sink.closeTag(nameIn(units, from, at, hash), from, at);
    return this.#behindBracket(at);
  }

  /** The text from `start` to the end tag of `name`, and that tag; tells where it goes on. */
  #textOnly(name: string, start: number): number {
    const length = this.#length;
    const end = name === 'plaintext' ? length : this.#endOf(name, start);
    if (end > start) this.#sink.text(start, end);
    if (end >= length) return length;
    const behind = end + 2 + name.length;
    this.#sink.closeTag(name, end + 2, behind);
    return this.#behindBracket(behind);
  }

  /** Where the end tag of `name` begins, from `start` on; the end of the page where there is none. */
  #endOf(name: string, start: number): number {
    const units = this.#units;
    // Behind the name stands what ends it.
    const last = this.#length - name.length - 3;
    for (let at = start; at <= last; at++) {
      if (units[at] !== LESS || units[at + 1] !== SLASH) continue;
      let i = 0;
      while (i < name.length && ((units[at + 2 + i] as number) | LOWER) === name.charCodeAt(i)) i += 1;
      if (i === name.length && endsName(units[at + 2 + i] as number)) return at;
    }
    return this.#length;
  }

  /** What stands behind `<!`, from `start` on: a comment, character data or a declaration; tells where it goes on. */
  #declaration(start: number): number {
    const units = this.#units;
    const first = units[start];
    if (first === DASH && units[start + 1] === DASH && start + 1 < this.#length) {
      return this.#behindComment(start + 2);
    }
    if (first !== OPENING_BRACKET || !this.#startsWith(CHARACTER_DATA, start + 1))
      return this.#behindBracket(start);
    const from = start + 1 + CHARACTER_DATA.length;
    for (let at = from + 2; at < this.#length; at++) {
      if (units[at] !== GREATER) continue;
      if (units[at - 1] !== CLOSING_BRACKET || units[at - 2] !== CLOSING_BRACKET) continue;
      this.#sink.data(from, at - 2);
      return at + 1;
    }
    this.#sink.data(from, this.#length);
    return this.#length;
  }

  /** Behind the comment whose text begins at `start`: at the first bracket behind two dashes, or right behind those that begin it. */
  #behindComment(start: number): number {
    const units = this.#units;
    for (let at = start; at < this.#length; at++) {
      if (units[at] !== GREATER) continue;
      const isEmpty = at === start || (at === start + 1 && units[start] === DASH);
      const dash = units[at - 1] === EXCLAMATION ? at - 2 : at - 1;
      if (isEmpty || (dash - 1 >= start && units[dash] === DASH && units[dash - 1] === DASH)) return at + 1;
    }
    return this.#length;
  }

  #startsWith(text: string, start: number): boolean {
    let i = 0;
    while (i < text.length && start + i < this.#length && this.#units[start + i] === text.charCodeAt(i))
      i += 1;
    return i === text.length;
  }

  /** Behind the next bracket from `from` on. */
  #behindBracket(from: number): number {
    const units = this.#units;
    let at = from;
    while (at < this.#length && units[at] !== GREATER) at += 1;
    return Math.min(at + 1, this.#length);
  }
}

function isSpace(unit: number): boolean {
  return (
    unit <= SPACE &&
    (unit === SPACE || unit === LINE_FEED || unit === TAB || unit === FORM_FEED || unit === RETURN)
  );
}

/** Ends the name of a tag. */
function endsName(unit: number): boolean {
  return unit === GREATER || unit === SLASH || isSpace(unit);
}

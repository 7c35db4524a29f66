/** Reads the character references (`&amp;`) of a text or a value: with the tokenizer of htmlparser2, which knows their rules. */

import { Tokenizer } from 'htmlparser2';

/** Puts together what the tokenizer finds in a text, or in the value of an attribute of a tag. */
class ReferenceReader {
  source = '';
  found = '';

  ontext(start: number, end: number): void {
    this.found += this.source.slice(start, end);
  }

  ontextentity(codePoint: number): void {
    this.found += String.fromCodePoint(codePoint);
  }

  onattribdata(start: number, end: number): void {
    this.found += this.source.slice(start, end);
  }

  onattribentity(codePoint: number): void {
    this.found += String.fromCodePoint(codePoint);
  }

  isInForeignContext(): boolean {
    return true;
  }

  onopentagname(): void {
    // Of a tag the value alone is wanted.
  }
  onattribname(): void {
    // It is there to have a value.
  }
  onattribend(): void {
    // There is one.
  }
  onopentagend(): void {
    // Nothing follows.
  }
  onselfclosingtag(): void {
    // A text has no tags.
  }
  onclosetag(): void {
    // Neither ends of some.
  }
  oncdata(): void {
    // Nor character data.
  }
  oncomment(): void {
    // Nor comments.
  }
  ondeclaration(): void {
    // Nor declarations.
  }
  onprocessinginstruction(): void {
    // Nor instructions.
  }
  onend(): void {
    // Whoever called knows.
  }
}

const reader = new ReferenceReader();
const tokenizer = new Tokenizer({ xmlMode: false, decodeEntities: true }, reader);

/** A text in which nothing is a tag, its references read. */
export function decodeText(text: string): string {
  // No reference reaches across what would begin a tag elsewhere.
  return text.includes('<') ? text.split('<').map(read).join('<') : read(text);
}

/** A value, in which references without a semicolon mean less: `?a=1&copy=2`. */
export function decodeValue(value: string): string {
  return value.includes('&') ? read(`<a b="${value.replaceAll('"', '&quot;')}">`) : value;
}

function read(source: string): string {
  reader.source = source;
  reader.found = '';
  tokenizer.reset();
  tokenizer.write(source);
  tokenizer.end();
  const { found } = reader;
  reader.source = reader.found = '';
  return found;
}

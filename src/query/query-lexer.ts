/** Cuts a query into operands, operators and parentheses. */

import { tokenize } from '../text/index.ts';
import { fieldOperator, isForeignOperator } from './operators.ts';
import type { QueryNode } from './query-syntax.ts';

export type Sign = '' | '+' | '-';
export type BinaryOperator = 'AND' | 'OR';

export type Lexeme =
  | { readonly kind: 'operand'; readonly node: QueryNode; readonly sign: Sign }
  | { readonly kind: 'operator'; readonly operator: BinaryOperator | 'NOT' }
  | { readonly kind: 'open'; readonly sign: Sign }
  | { readonly kind: 'close' };

/** Words of a query beyond this are left out. The old engine's limit. */
export const MAX_QUERY_TERMS = 9_000;
/** UTF-16 units of a query beyond this are left out. */
export const MAX_QUERY_LENGTH = 250_000;

const QUOTES = /[\u201c\u201d\u201e\u201f\uff02]/g;
const SPACE = /\s+/y;
const SIGNS = /[-+]+/y;
const BARE = /[^\s"()]+/y;

export interface Lexed {
  readonly lexemes: readonly Lexeme[];
  readonly warnings: readonly string[];
}

export function lexQuery(query: string): Lexed {
  return new QueryLexer(query).lex();
}

class QueryLexer {
  readonly #text: string;
  readonly #lexemes: Lexeme[] = [];
  readonly #warnings = new Set<string>();
  #at = 0;
  #terms = 0;

  constructor(query: string) {
    if (query.length > MAX_QUERY_LENGTH) {
      this.#warnings.add(
        `The query is longer than ${MAX_QUERY_LENGTH.toLocaleString('en')} characters; the rest was left out.`,
      );
    }
    this.#text = query.slice(0, MAX_QUERY_LENGTH).replace(QUOTES, '"');
  }

  lex(): Lexed {
    while (this.#at < this.#text.length) {
      if (this.#take(SPACE) !== '') continue;
      if (this.#terms >= MAX_QUERY_TERMS) {
        this.#warnings.add(
          `The query has more than ${MAX_QUERY_TERMS.toLocaleString('en')} words; the rest was left out.`,
        );
        break;
      }
      this.#lexOne();
    }
    return { lexemes: this.#lexemes, warnings: [...this.#warnings] };
  }

  #lexOne(): void {
    const signs = this.#take(SIGNS);
    // More than one (`--option`) is no sign but a way of writing.
    const sign: Sign = signs === '+' || signs === '-' ? signs : '';
    const next = this.#text[this.#at];
    if (next === '(' || next === ')') {
      this.#at += 1;
      this.#lexemes.push(next === '(' ? { kind: 'open', sign } : { kind: 'close' });
    } else if (next === '"') {
      const phrase = this.#takeQuoted();
      if (phrase !== undefined) this.#operand({ kind: 'phrase', text: phrase }, sign);
    } else {
      const word = this.#take(BARE);
      if (word !== '') this.#lexWord(word, sign, signs !== '');
    }
  }

  #lexWord(word: string, sign: Sign, isSigned: boolean): void {
    if (word === 'AND' || word === 'OR' || word === 'NOT') {
      if (!isSigned) this.#lexemes.push({ kind: 'operator', operator: word });
      else this.#operand(textWord(word.toLowerCase()), sign);
      return;
    }
    const [, name = '', value = ''] = /^([a-z]+):(.*)$/is.exec(word) ?? [];
    if (name !== '' && this.#lexField(name, value, sign)) return;
    this.#operand(textWord(word), sign);
  }

  /** False where it has to be read as text. */
  #lexField(name: string, bare: string, sign: Sign): boolean {
    const operator = fieldOperator(name);
    if (operator === undefined) {
      if (isForeignOperator(name)) {
        this.#warnings.add(`${name}: is not an operator here; its words were searched as text.`);
      }
      return false;
    }
    const quoted = bare === '' && this.#text[this.#at] === '"' ? this.#takeQuoted() : undefined;
    const given = quoted ?? bare;
    const value = given === '' ? undefined : operator.normalise(given);
    if (value === undefined) {
      this.#warnings.add(
        given === ''
          ? `${name}: has no value; it was searched as text.`
          : `${name}: can't be ${JSON.stringify(given)}; it was searched as text.`,
      );
      if (quoted === undefined || quoted === '') return false;
      this.#operand({ kind: 'phrase', text: quoted }, sign);
      return true;
    }
    const isPhrase = operator.kind === 'text' && quoted !== undefined;
    this.#operand({ kind: 'field', field: operator.field, value, quoted: isPhrase }, sign);
    return true;
  }

  /** The text up to the closing quote, white space collapsed; undefined where no quote closes it. */
  #takeQuoted(): string | undefined {
    const end = this.#text.indexOf('"', this.#at + 1);
    const from = this.#at + 1;
    this.#at = from;
    if (end < 0) {
      this.#warnings.add('A quotation mark without its partner was left out.');
      return undefined;
    }
    this.#at = end + 1;
    return this.#text.slice(from, end).trim().replace(/\s+/g, ' ');
  }

  /** What holds no word is no operand. */
  #operand(node: QueryNode, sign: Sign): void {
    const terms = termsOf(node, MAX_QUERY_TERMS - this.#terms);
    if (terms === 0) return;
    this.#terms += terms;
    this.#lexemes.push({ kind: 'operand', node, sign });
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? '';
    this.#at += found.length;
    return found;
  }
}

export function textWord(text: string): QueryNode {
  return { kind: 'word', text, exact: false };
}

function termsOf(node: QueryNode, limit: number): number {
  if (node.kind === 'word' || node.kind === 'phrase') return tokenize(node.text, limit).length;
  if (node.kind !== 'field') return 0;
  return node.field === 'intitle' || node.field === 'inurl' ? tokenize(node.value, limit).length : 1;
}

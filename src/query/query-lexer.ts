/** Cuts a query into operands, operators and parentheses. */

import { tokenize } from '../text/index.ts';
import { dateRange, facetOf, FIELD_NAME, isDateWord, oldRange, rangeOf, sortOf } from './field-words.ts';
import { type FieldOperator, fieldOperator, isForeignOperator } from './operators.ts';
import type { FacetDirective, QueryNode, SortDirective } from './query-syntax.ts';
import { wordNode } from './word-forms.ts';

export type Sign = '' | '+' | '-';

export type Operator = 'AND' | 'OR' | 'NOT' | 'NEAR' | 'ONEAR';

export type Lexeme =
  | { readonly kind: 'operand'; readonly node: QueryNode; readonly sign: Sign }
  /** `distance` of NEAR and ONEAR. */
  | { readonly kind: 'operator'; readonly operator: Operator; readonly distance: number }
  | { readonly kind: 'open'; readonly sign: Sign }
  | { readonly kind: 'close'; readonly boost: number | undefined }
  /** `|` */
  | { readonly kind: 'refine' };

/** A query with more words than this is refused. The old engine's limit. */
export const MAX_QUERY_TERMS = 9_000;
/** Patterns and words with `~`: each is looked for among all words of the collection. A query with more is refused. */
const MAX_PATTERNS = 32;
/** UTF-16 units of a query; longer ones are refused. */
export const MAX_QUERY_LENGTH = 250_000;
const DEFAULT_NEAR = 8;
const MAX_NEAR = 1_000;
export const MAX_BOOST = 100;
/** `sort:` and `facet:` of a query beyond these are left out, with a warning. */
const MAX_DIRECTIVES = 10;

const QUOTES = /[\u201c\u201d\u201e\u201f\uff02]/g;
const SPACE = /\s+/y;
const SIGNS = /[-+]+/y;
const BARE = /[^\s"()]+/y;
const BOOST = /\^(\d{1,4}(?:\.\d{1,4})?)(?![^\s()])/y;
const OPERATOR = /^(?:AND|OR|NOT|O?NEAR(?:\/\d{1,9})?)$/;
const WEIGHT = /^\d{1,4}(?:\.\d{1,4})?$/;
const REFINE = /\|(?=\s|$)/y;

export interface Lexed {
  readonly lexemes: readonly Lexeme[];
  readonly sort: readonly SortDirective[];
  readonly facets: readonly FacetDirective[];
  readonly warnings: readonly string[];
  readonly isTooLong: boolean;
}

export function lexQuery(query: string): Lexed {
  return new QueryLexer(query).lex();
}

class QueryLexer {
  readonly #text: string;
  readonly #lexemes: Lexeme[] = [];
  readonly #sort: SortDirective[] = [];
  readonly #facets: FacetDirective[] = [];
  readonly #warnings = new Set<string>();
  #isTooLong = false;
  #at = 0;
  #terms = 0;
  #patterns = 0;

  constructor(query: string) {
    if (query.length > MAX_QUERY_LENGTH) this.#refuse(MAX_QUERY_LENGTH, 'characters');
    this.#text = query.slice(0, MAX_QUERY_LENGTH).replace(QUOTES, '"');
  }

  lex(): Lexed {
    while (this.#at < this.#text.length) {
      if (this.#take(SPACE) !== '') continue;
      if (this.#terms >= MAX_QUERY_TERMS) {
        this.#refuse(MAX_QUERY_TERMS, 'words');
        break;
      }
      this.#lexOne();
    }
    return {
      lexemes: this.#lexemes,
      sort: this.#sort,
      facets: this.#facets,
      warnings: [...this.#warnings],
      isTooLong: this.#isTooLong,
    };
  }

  #refuse(limit: number, what: string): void {
    this.#isTooLong = true;
    this.#warnings.add(`The query has more than ${limit.toLocaleString('en')} ${what}.`);
  }

  #lexOne(): void {
    const signs = this.#take(SIGNS);
    // More than one (`--option`) is no sign but a way of writing.
    const sign: Sign = signs === '+' || signs === '-' ? signs : '';
    const next = this.#text[this.#at];
    if (next === '(') {
      this.#at += 1;
      this.#lexemes.push({ kind: 'open', sign });
    } else if (next === ')') {
      this.#at += 1;
      this.#lexemes.push({ kind: 'close', boost: this.#takeBoost() });
    } else if (next === '"') {
      const phrase = this.#takeQuoted();
      if (phrase !== undefined)
        this.#operand(boosted({ kind: 'phrase', text: phrase }, this.#takeBoost()), sign);
    } else if (next === '|' && signs === '' && this.#isFirstOfWord() && this.#take(REFINE) !== '') {
      this.#lexemes.push({ kind: 'refine' });
    } else {
      const word = this.#take(BARE);
      if (word !== '') this.#lexWord(word, sign, signs !== '');
    }
  }

  #isFirstOfWord(): boolean {
    return this.#at === 0 || /\s/.test(this.#text[this.#at - 1] ?? '');
  }

  #lexWord(word: string, sign: Sign, isSigned: boolean): void {
    if (word === 'AND' || word === 'OR' || word === 'NOT') {
      if (!isSigned) this.#lexemes.push({ kind: 'operator', operator: word, distance: 0 });
      else this.#operand(textWord(word), sign);
      return;
    }
    const [near, ordered = '', steps = String(DEFAULT_NEAR)] = /^(O?)NEAR(?:\/(\d{1,9}))?$/.exec(word) ?? [];
    if (near !== undefined && isSigned) {
      this.#operand(textWord(word), sign);
      return;
    }
    if (near !== undefined) {
      const distance = Math.min(MAX_NEAR, Math.max(1, Number(steps)));
      this.#lexemes.push({ kind: 'operator', operator: ordered === '' ? 'NEAR' : 'ONEAR', distance });
      return;
    }
    const { text, factor } = withoutWeights(word);
    const plain = OPERATOR.test(text) ? text.toLowerCase() : text;
    const [, name = '', value = ''] = /^([a-z_@][\w.@-]*):(.*)$/is.exec(plain) ?? [];
    if (name !== '' && this.#lexField(name, value, sign)) return;
    const { node, warning } = wordNode(plain);
    if (warning !== undefined) this.#warnings.add(warning);
    this.#operand(boosted(node, factor), sign);
  }

  /** False where it has to be read as text. */
  #lexField(name: string, bare: string, sign: Sign): boolean {
    const lower = name.toLowerCase();
    if (this.#lexDirective(lower, bare)) return true;
    const operator = fieldOperator(lower);
    if (operator !== undefined) return this.#lexKnownField(operator, name, bare, sign);
    const isDate = bare !== '' && isDateWord(lower);
    const range = isDate ? dateRange(lower, bare) : (oldRange(lower, bare) ?? rangeOf(name, bare));
    if (range !== undefined) {
      this.#operand(range, sign);
      return true;
    }
    if (isDate) {
      this.#warnings.add(notTheValue(name, bare));
      return false;
    }
    if (isForeignOperator(lower)) {
      this.#warnings.add(`${name}: is not an operator here; its words were searched as text.`);
      return false;
    }
    return this.#lexMeta(name, bare, sign);
  }

  #lexDirective(name: string, value: string): boolean {
    const sort = sortOf(name, value);
    const facet = facetOf(name, value);
    if (sort === undefined && facet === undefined) return false;
    if (this.#sort.length + this.#facets.length >= MAX_DIRECTIVES) {
      this.#warnings.add(`More than ${MAX_DIRECTIVES} of sort: and facet: were left out.`);
    } else {
      if (sort !== undefined) this.#sort.push(sort);
      if (facet !== undefined) this.#facets.push(facet);
    }
    return true;
  }

  #lexKnownField(operator: FieldOperator, name: string, bare: string, sign: Sign): boolean {
    const quoted = this.#quotedValue(bare);
    const given = quoted ?? bare;
    const range =
      quoted === undefined && operator.isOrdered === true ? rangeOf(operator.field, bare) : undefined;
    if (range !== undefined) {
      this.#operand(range, sign);
      return true;
    }
    const normal = given === '' ? undefined : operator.normalise(given);
    // A value that its own normal form could not be typed as is none.
    const value = normal !== undefined && operator.normalise(normal) === normal ? normal : undefined;
    if (value === undefined) {
      this.#warnings.add(
        given === '' ? `${name}: has no value; it was searched as text.` : notTheValue(name, given),
      );
      if (quoted === undefined || quoted === '') return false;
      this.#operand({ kind: 'phrase', text: quoted }, sign);
      return true;
    }
    const isPhrase = operator.kind === 'text' && quoted !== undefined;
    this.#operand({ kind: 'field', field: operator.field, value, quoted: isPhrase }, sign);
    return true;
  }

  /** A name that is no operator is that of a field which documents bring: `author:smith`. */
  #lexMeta(name: string, bare: string, sign: Sign): boolean {
    // `https://…`, `std::vector`, `C:\dir`, `a:` and `12:30` are text.
    if (name.length < 2 || !FIELD_NAME.test(name) || /^[:/\\]/.test(bare)) return false;
    const quoted = this.#quotedValue(bare);
    const value = quoted ?? bare;
    if (tokenize(value, 1).length === 0) {
      if (quoted !== undefined) this.#operand(textWord(name), sign);
      return quoted !== undefined;
    }
    this.#operand({ kind: 'meta', name: name.toLowerCase(), value, quoted: quoted !== undefined }, sign);
    return true;
  }

  #quotedValue(bare: string): string | undefined {
    return bare === '' && this.#text[this.#at] === '"' ? this.#takeQuoted() : undefined;
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

  #takeBoost(): number | undefined {
    const boost = this.#take(BOOST).slice(1);
    return boost === '' ? undefined : Number(boost);
  }

  /** What holds no word is no operand. */
  #operand(node: QueryNode, sign: Sign): void {
    const terms = termsOf(node, MAX_QUERY_TERMS - this.#terms);
    if (terms === 0) return;
    this.#terms += terms;
    if (isPattern(node)) this.#patterns += 1;
    if (this.#patterns > MAX_PATTERNS) this.#refuse(MAX_PATTERNS, 'patterns');
    this.#lexemes.push({ kind: 'operand', node, sign });
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? '';
    this.#at += found.length;
    return found;
  }
}

/** Of several weights the last counts, and none of them is left in the word. */
function withoutWeights(word: string): { readonly text: string; readonly factor: number | undefined } {
  let text = word;
  let factor: number | undefined;
  for (let at = text.lastIndexOf('^'); at > 0; at = text.lastIndexOf('^')) {
    const weight = text.slice(at + 1);
    if (!WEIGHT.test(weight)) break;
    factor ??= Number(weight);
    text = text.slice(0, at);
  }
  return { text, factor };
}

export function textWord(text: string): QueryNode {
  // Operators are written in capitals: as a word, such a one is not.
  return { kind: 'word', text: OPERATOR.test(text) ? text.toLowerCase() : text, exact: false };
}

/** What is kept away has no weight. */
export function boosted(node: QueryNode, factor: number | undefined): QueryNode {
  if (factor === undefined || node.kind === 'not') return node;
  return { kind: 'boost', node, factor: Math.min(MAX_BOOST, Math.max(1 / MAX_BOOST, factor)) };
}

function notTheValue(name: string, value: string): string {
  return `${name}: can't be ${JSON.stringify(value)}; it was searched as text.`;
}

function isPattern(node: QueryNode): boolean {
  return node.kind === 'boost' ? isPattern(node.node) : node.kind === 'pattern' || node.kind === 'fuzzy';
}

function termsOf(node: QueryNode, limit: number): number {
  if (node.kind === 'boost') return termsOf(node.node, limit);
  if (node.kind === 'word' || node.kind === 'phrase') return tokenize(node.text, limit).length;
  if (node.kind !== 'field') return 1;
  return node.field.startsWith('in') ? tokenize(node.value, limit).length : 1;
}

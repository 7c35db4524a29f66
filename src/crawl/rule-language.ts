/**
 * The conditions of URL rules: `depth <= 2 and (host = "docs.example.org" or path ^= "/docs/") and not isFeed`. Parsed
 * once, checked when saved; judging a URL runs over a tree of plain values.
 *
 * Texts compare by `=`, `!=`, `^=` (begins), `$=` (ends), `*=` (holds) and `in ("a", "b")`; numbers by `= != < <= > >=`;
 * flags stand alone. `and` binds closer than `or`.
 */

import { PeregrineError } from '../base/index.ts';
import { registrableDomain } from './host.ts';

/** What a rule may ask of a URL. */
export interface UrlFacts {
  readonly url: string;
  /** Links from a seed. */
  readonly depth: number;
  /** It was named by a person: a seed, or asked for by name. */
  readonly isSeed: boolean;
  /** It was answered with a page before; undefined where nobody knows yet. */
  readonly isKnown?: boolean;
}

type TextField = 'url' | 'scheme' | 'host' | 'domain' | 'tld' | 'path' | 'query' | 'extension';
type NumberField = 'depth' | 'segments' | 'parameters' | 'length' | 'port';
type FlagField = 'isSeed' | 'isHome' | 'isKnown' | 'isNew' | 'isWww' | 'isFeed';

const TEXT_FIELDS: readonly TextField[] = [
  'url',
  'scheme',
  'host',
  'domain',
  'tld',
  'path',
  'query',
  'extension',
];
const NUMBER_FIELDS: readonly NumberField[] = ['depth', 'segments', 'parameters', 'length', 'port'];
const FLAG_FIELDS: readonly FlagField[] = ['isSeed', 'isHome', 'isKnown', 'isNew', 'isWww', 'isFeed'];

type TextOperator = '=' | '!=' | '^=' | '$=' | '*=';
type NumberOperator = '=' | '!=' | '<' | '<=' | '>' | '>=';

export type Condition =
  | { readonly kind: 'always' }
  | {
      readonly kind: 'text';
      readonly field: TextField;
      readonly operator: TextOperator;
      readonly value: string;
    }
  | { readonly kind: 'in'; readonly field: TextField; readonly values: ReadonlySet<string> }
  | {
      readonly kind: 'number';
      readonly field: NumberField;
      readonly operator: NumberOperator;
      readonly value: number;
    }
  | { readonly kind: 'flag'; readonly field: FlagField }
  | { readonly kind: 'not'; readonly of: Condition }
  | { readonly kind: 'and' | 'or'; readonly all: readonly Condition[] };

const MAX_CHARACTERS = 4_096;
const MAX_NESTING = 32;
const TOKEN =
  /\s*(?:("(?:[^"\\]|\\.)*")|([A-Za-z][A-Za-z]*)|(\d+(?:\.\d+)?)|(\^=|\$=|\*=|!=|<=|>=|[=<>(),]))/y;

/** Reads a condition. `BAD_ARGUMENT` with the place where it goes wrong. */
export function parseCondition(text: string): Condition {
  if (text.length > MAX_CHARACTERS)
    throw wrong(text, MAX_CHARACTERS, `it is longer than ${MAX_CHARACTERS} characters`);
  return new Parser(text).whole();
}

/** True where the condition holds; undefined where that depends on what is not known yet. */
export function holds(condition: Condition, facts: UrlFacts): boolean | undefined {
  const { kind } = condition;
  if (kind === 'always') return true;
  if (kind === 'not') {
    const inner = holds(condition.of, facts);
    return inner === undefined ? undefined : !inner;
  }
  if (kind === 'flag') return FLAGS[condition.field](facts);
  if (kind === 'number')
    return NUMBER_TESTS[condition.operator](NUMBERS[condition.field](facts), condition.value);
  if (kind === 'text')
    return TEXT_TESTS[condition.operator](TEXTS[condition.field](new URL(facts.url)), condition.value);
  if (kind === 'in') return condition.values.has(TEXTS[condition.field](new URL(facts.url)));
  // One part that decides ends it, whatever is not known; else what is not known makes the whole so.
  const decides = kind === 'or';
  let isKnown = true;
  for (const part of condition.all) {
    const value = holds(part, facts);
    if (value === decides) return decides;
    if (value === undefined) isKnown = false;
  }
  return isKnown ? !decides : undefined;
}

class Parser {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): Condition {
    if (this.#text.trim() === '') return { kind: 'always' };
    const condition = this.#either();
    if (this.#text.slice(this.#at).trim() !== '')
      throw this.#error('a further condition needs "and" or "or"');
    return condition;
  }

  #either(): Condition {
    const all = [this.#both()];
    while (this.#takeWord('or')) all.push(this.#both());
    return all.length === 1 && all[0] !== undefined ? all[0] : { kind: 'or', all };
  }

  #both(): Condition {
    const all = [this.#one()];
    while (this.#takeWord('and')) all.push(this.#one());
    return all.length === 1 && all[0] !== undefined ? all[0] : { kind: 'and', all };
  }

  #one(): Condition {
    this.#depth += 1;
    if (this.#depth > MAX_NESTING) throw this.#error(`conditions are nested more than ${MAX_NESTING} deep`);
    try {
      if (this.#takeWord('not')) return { kind: 'not', of: this.#one() };
      if (this.#takeSign('(')) {
        const inner = this.#either();
        if (!this.#takeSign(')')) throw this.#error('a bracket is not closed');
        return inner;
      }
      return this.#comparison();
    } finally {
      this.#depth -= 1;
    }
  }

  #comparison(): Condition {
    const began = this.#at;
    const word = this.#next()?.word;
    if (word === undefined) throw this.#error('a field is expected');
    if (word === 'always') return { kind: 'always' };
    const flag = FLAG_FIELDS.find((field) => field === word);
    if (flag !== undefined) return { kind: 'flag', field: flag };
    const text = TEXT_FIELDS.find((field) => field === word);
    if (text !== undefined) return this.#textComparison(text);
    const number = NUMBER_FIELDS.find((field) => field === word);
    if (number !== undefined) return this.#numberComparison(number);
    this.#at = began;
    throw this.#error(
      `there is no field "${word}": use ${[...TEXT_FIELDS, ...NUMBER_FIELDS, ...FLAG_FIELDS].join(', ')}`,
    );
  }

  #textComparison(field: TextField): Condition {
    if (this.#takeWord('in')) {
      const values = new Set<string>();
      if (!this.#takeSign('(')) throw this.#error('a list in brackets is expected');
      do values.add(this.#textValue());
      while (this.#takeSign(','));
      if (!this.#takeSign(')')) throw this.#error('a bracket is not closed');
      return { kind: 'in', field, values };
    }
    const operator = (['=', '!=', '^=', '$=', '*='] as const).find((sign) => this.#takeSign(sign));
    if (operator === undefined) throw this.#error(`${field} is compared by =, !=, ^=, $=, *= or in`);
    return { kind: 'text', field, operator, value: this.#textValue() };
  }

  #numberComparison(field: NumberField): Condition {
    const operator = (['=', '!=', '<=', '>=', '<', '>'] as const).find((sign) => this.#takeSign(sign));
    if (operator === undefined) throw this.#error(`${field} is compared by =, !=, <, <=, > or >=`);
    const number = this.#next()?.number;
    if (number === undefined) throw this.#error('a number is expected');
    return { kind: 'number', field, operator, value: number };
  }

  #textValue(): string {
    const text = this.#next()?.text;
    if (text === undefined) throw this.#error('a text in double quotes is expected');
    return text;
  }

  #takeWord(word: string): boolean {
    const began = this.#at;
    if (this.#next()?.word === word) return true;
    this.#at = began;
    return false;
  }

  #takeSign(sign: string): boolean {
    const began = this.#at;
    if (this.#next()?.sign === sign) return true;
    this.#at = began;
    return false;
  }

  #next(): { text?: string; word?: string; number?: number; sign?: string } | undefined {
    TOKEN.lastIndex = this.#at;
    const found = TOKEN.exec(this.#text);
    if (found === null) return undefined;
    this.#at = TOKEN.lastIndex;
    const [, text, word, number, sign] = found;
    return {
      ...(text !== undefined && { text: text.slice(1, -1).replaceAll(/\\(.)/g, '$1') }),
      ...(word !== undefined && { word }),
      ...(number !== undefined && { number: Number(number) }),
      ...(sign !== undefined && { sign }),
    };
  }

  #error(why: string): PeregrineError {
    return wrong(this.#text, this.#at, why);
  }
}

function wrong(text: string, at: number, why: string): PeregrineError {
  const shown = text.slice(0, 200);
  return new PeregrineError(
    'BAD_ARGUMENT',
    `The condition "${shown}" is wrong at character ${at + 1}: ${why}.`,
    {
      condition: shown,
      at: at + 1,
    },
  );
}

const TEXTS: Readonly<Record<TextField, (url: URL) => string>> = {
  url: ({ href }) => href,
  scheme: ({ protocol }) => protocol.slice(0, -1),
  host: ({ host }) => host,
  domain: ({ host }) => registrableDomain(host),
  tld: ({ hostname }) => hostname.slice(hostname.lastIndexOf('.') + 1),
  path: ({ pathname }) => pathname,
  query: ({ search }) => search.slice(1),
  extension: ({ pathname }) => /\.([A-Za-z0-9]{1,10})$/.exec(pathname)?.[1]?.toLowerCase() ?? '',
};

const NUMBERS: Readonly<Record<NumberField, (facts: UrlFacts) => number>> = {
  depth: ({ depth }) => depth,
  segments: ({ url }) => new URL(url).pathname.split('/').filter((segment) => segment !== '').length,
  parameters: ({ url }) => new URL(url).searchParams.size,
  length: ({ url }) => url.length,
  port: ({ url }) => {
    const { port, protocol } = new URL(url);
    if (port !== '') return Number(port);
    return protocol === 'https:' ? 443 : 80;
  },
};

const FLAGS: Readonly<Record<FlagField, (facts: UrlFacts) => boolean | undefined>> = {
  isSeed: ({ isSeed }) => isSeed,
  isHome: ({ url }) => new URL(url).pathname === '/' && !url.includes('?'),
  isKnown: ({ isKnown }) => isKnown,
  isNew: ({ isKnown }) => (isKnown === undefined ? undefined : !isKnown),
  isWww: ({ url }) => new URL(url).hostname.startsWith('www.'),
  isFeed: ({ url }) => /\.(?:rss|atom|rdf)$|\/(?:feed|rss|atom)(?:\.xml)?\/?$/i.test(new URL(url).pathname),
};

const TEXT_TESTS: Readonly<Record<TextOperator, (text: string, value: string) => boolean>> = {
  '=': (text, value) => text === value,
  '!=': (text, value) => text !== value,
  '^=': (text, value) => text.startsWith(value),
  '$=': (text, value) => text.endsWith(value),
  '*=': (text, value) => text.includes(value),
};

const NUMBER_TESTS: Readonly<Record<NumberOperator, (number: number, value: number) => boolean>> = {
  '=': (number, value) => number === value,
  '!=': (number, value) => number !== value,
  '<': (number, value) => number < value,
  '<=': (number, value) => number <= value,
  '>': (number, value) => number > value,
  '>=': (number, value) => number >= value,
};

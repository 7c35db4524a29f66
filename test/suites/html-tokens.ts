/** html5lib's tokenizer cases against our reader of markup: text, start tags with attributes, end tags. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readMarkup } from '../../src/document/markup-reader.ts';
import type { TagAttributes } from '../../src/document/tag-attributes.ts';
import { type Suite, type SuiteResult, Tally } from './suite.ts';

type Token =
  | readonly ['Character', string]
  | readonly ['StartTag', string, Readonly<Record<string, string>>, boolean]
  | readonly ['EndTag', string];

interface TokenCase {
  readonly description: string;
  readonly input: string;
  readonly output: readonly (readonly [string, ...unknown[]])[];
  readonly initialStates?: readonly string[];
  readonly lastStartTag?: string;
  readonly doubleEscaped?: boolean;
}

/** The element whose content is read in a state. */
const ELEMENT_OF_STATE: Readonly<Record<string, string>> = {
  'RCDATA state': 'textarea',
  'RAWTEXT state': 'xmp',
  'Script data state': 'script',
  'PLAINTEXT state': 'plaintext',
};

export const htmlTokens: Suite = {
  name: 'html5lib-tokenizer',
  data: 'tests/html5lib/tokenizer',
  run(path): SuiteResult {
    const tally = new Tally(this.name);
    for (const file of readdirSync(path).sort()) {
      const read = JSON.parse(readFileSync(join(path, file), 'utf8')) as {
        tests?: TokenCase[];
        xmlViolationTests?: TokenCase[];
      };
      for (const each of read.tests ?? []) tryCase(tally, file, each);
      for (const each of read.xmlViolationTests ?? []) tryCase(tally, file, each, 'xml-infoset');
    }
    return tally.result();
  },
};

function tryCase(tally: Tally, file: string, raw: TokenCase, reason?: string): void {
  const { description, input, output } = raw.doubleEscaped === true ? unescaped(raw) : raw;
  for (const state of raw.initialStates ?? ['Data state']) {
    const element = ELEMENT_OF_STATE[state];
    const name = raw.lastStartTag ?? '';
    const renamed = (text: string): string =>
      element === undefined || name === '' ? text : text.replaceAll(new RegExp(name, 'gi'), element);
    const expected = merged(output, renamed);
    const found = tokensOf(renamed(input), state, element);
    const wanted = JSON.stringify(expected);
    const got = JSON.stringify(found);
    if (got === wanted) tally.pass();
    else
      tally.differ(
        reason ?? (input.includes('\0') ? 'nul' : undefined),
        `${file}: ${description} (${state}): ${wanted} but ${got}`,
      );
  }
}

/** Tokens that our reader hands on: it looks at everything a case may hold, not only at the attributes that pages need. */
function tokensOf(input: string, state: string, element: string | undefined): Token[] {
  const tokens: Token[] = [];
  const isForeign = state === 'CDATA section state';
  const before = isForeign ? '<![CDATA[' : element === undefined ? '' : `<${element}>`;
  readMarkup(
    before + input,
    {
      open: (name, attributes, isSelfClosed) =>
        tokens.push([
          'StartTag',
          name,
          sorted(Object.fromEntries(attributes as TagAttributes)),
          isSelfClosed,
        ]),
      close: (name) => tokens.push(['EndTag', name]),
      text: (source, start, end) => addText(tokens, source.slice(start, end)),
      isForeign: () => isForeign,
    },
    { has: () => true },
  );
  return element === undefined ? tokens : tokens.slice(1);
}

/** The expected tokens without comments and doctypes, which say nothing to a reader of text. */
function merged(output: TokenCase['output'], renamed: (text: string) => string): Token[] {
  const tokens: Token[] = [];
  for (const [kind, value, attributes, isSelfClosed] of output) {
    if (kind === 'Character') addText(tokens, renamed(String(value)));
    else if (kind === 'EndTag') tokens.push(['EndTag', renamed(String(value))]);
    else if (kind === 'StartTag') {
      const said = sorted(attributes as Readonly<Record<string, string>>);
      tokens.push(['StartTag', renamed(String(value)), said, isSelfClosed === true]);
    }
  }
  return tokens;
}

function addText(tokens: Token[], text: string): void {
  const last = tokens.at(-1);
  if (last?.[0] === 'Character') tokens[tokens.length - 1] = ['Character', last[1] + text];
  else if (text !== '') tokens.push(['Character', text]);
}

function sorted(attributes: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Case files write what JSON can't hold as escapes of escapes. */
function undo(text: string): string {
  return text.replaceAll(/\\u([\da-f]{4})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

function unescaped(raw: TokenCase): TokenCase {
  const deep = (value: unknown): unknown => {
    if (typeof value === 'string') return undo(value);
    if (Array.isArray(value)) return value.map(deep);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [undo(key), deep(inner)]));
  };
  return { ...raw, input: undo(raw.input), output: deep(raw.output) as TokenCase['output'] };
}

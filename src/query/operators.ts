/** The operators of the query language: one table for the parser, the documentation and the tests. */

import { languageOfTag } from '../text/index.ts';
import { normaliseHost, normaliseSite } from './site-name.ts';
import type { FieldName } from './query-syntax.ts';

/** A row of the documentation. Each example is run by a test. */
export interface OperatorRow {
  readonly syntax: string;
  readonly meaning: string;
  readonly example: string;
}

export interface FieldOperator extends OperatorRow {
  readonly field: FieldName;
  /** Other names of the same field. */
  readonly aliases: readonly string[];
  /** `text`: words in a part of the document; `filter`: one value, never scored. */
  readonly kind: 'text' | 'filter';
  /** The canonical value; undefined where it can't be one. Applied twice it changes nothing more. */
  readonly normalise: (value: string) => string | undefined;
}

export const BASIC_OPERATORS: readonly OperatorRow[] = [
  {
    syntax: 'word word',
    meaning:
      'Documents about these words. Those that hold all of them, close together, in titles, come first; a document that lacks one can still be found, further down. Other forms of a word count too (`dogs` finds `dog`).',
    example: 'jazz piano',
  },
  {
    syntax: '"words in order"',
    meaning: 'Only documents with exactly these words side by side.',
    example: '"take five"',
  },
  {
    syntax: '+word',
    meaning: 'Only documents with this very form of the word.',
    example: '+pianos',
  },
  {
    syntax: '-word',
    meaning:
      'No document with this form of the word outside its menus. Also before phrases, fields and parentheses: `-"take five"`, `-site:example.org`, `-(sax drums)` (none of these).',
    example: 'jazz -saxophone',
  },
  {
    syntax: 'a AND b',
    meaning:
      'Only documents with both. In capitals. Where AND stands, all words beside it are required: `a b AND c` is `a AND b AND c`.',
    example: 'jazz AND saxophone',
  },
  {
    syntax: 'a OR b',
    meaning:
      'Only documents with one of them. Words side by side belong together: `a b OR c` is `(a AND b) OR c`.',
    example: 'saxophone OR bicycle',
  },
  {
    syntax: 'NOT a',
    meaning: 'The same as `-a`.',
    example: 'jazz AND NOT saxophone',
  },
  {
    syntax: '( )',
    meaning: 'Keeps together what belongs together.',
    example: '(jazz OR bicycle) AND repair',
  },
];

export const FIELD_OPERATORS: readonly FieldOperator[] = [
  {
    field: 'site',
    aliases: [],
    kind: 'filter',
    syntax: 'site:',
    meaning:
      'Only pages of this host or domain and what lies below it; with a path, only those whose addresses hold the words of the path.',
    example: 'piano site:example.org',
    normalise: normaliseSite,
  },
  {
    field: 'host',
    aliases: [],
    kind: 'filter',
    syntax: 'host:',
    meaning: 'Only pages of exactly this host.',
    example: 'host:www.example.org',
    normalise: normaliseHost,
  },
  {
    field: 'intitle',
    aliases: ['title'],
    kind: 'text',
    syntax: 'intitle:',
    meaning: 'Only documents with the word, or the quoted words, in the title.',
    example: 'intitle:"take five"',
    normalise: (value) => value,
  },
  {
    field: 'inurl',
    aliases: ['suburl'],
    kind: 'text',
    syntax: 'inurl:',
    meaning: 'Only documents with the word in the address.',
    example: 'inurl:manual',
    normalise: (value) => value,
  },
  {
    field: 'lang',
    aliases: ['gblang'],
    kind: 'filter',
    syntax: 'lang:',
    meaning: 'Only documents in this language, by its code.',
    example: 'lang:de',
    normalise: (value) => languageOfTag(value)?.code,
  },
  {
    field: 'type',
    aliases: ['filetype', 'ext'],
    kind: 'filter',
    syntax: 'type:',
    meaning: 'Only documents of this kind (`html`, `text`, `pdf`, `json`, `xml`, `feed`) or file extension.',
    example: 'piano type:pdf',
    normalise: (value) => /^\.?([a-z0-9]{1,20})$/.exec(value.toLowerCase())?.[1],
  },
];

const byName: ReadonlyMap<string, FieldOperator> = new Map(
  FIELD_OPERATORS.flatMap((operator) =>
    [operator.field, ...operator.aliases].map((name) => [name, operator] as const),
  ),
);

/** The field of a name in any case, or undefined. */
export function fieldOperator(name: string): FieldOperator | undefined {
  return byName.get(name.toLowerCase());
}

/** Operators that people know from other engines and that would otherwise be searched as text in silence. */
const FOREIGN =
  /^(?:gb[a-z]+|url|link|ilink|sitelink|ip|related|cache|define|info|inanchor|allintitle|allinurl|allintext|intext|before|after)$/i;

export function isForeignOperator(name: string): boolean {
  return FOREIGN.test(name);
}

/** The operators of the query language: one table for the parser, the documentation and the tests. */

import { languageOfTag } from '../text/index.ts';
import { urlKey } from '../document/index.ts';
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
  /** Ranges can be asked of it, too: `hopcount:<3`. */
  readonly isOrdered?: boolean;
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
    meaning:
      'Only documents with exactly these words side by side. Among other words, where no document has them so, they are searched as words, and the answer says so.',
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
    meaning:
      'The same as `-a`. Where nothing is left to look for but small words, as in `IS NOT NULL`, it is a word like others.',
    example: 'jazz AND NOT saxophone',
  },
  {
    syntax: '( )',
    meaning: 'Keeps together what belongs together.',
    example: '(jazz OR bicycle) AND repair',
  },
  {
    syntax: 'a NEAR/n b',
    meaning:
      'Only documents in which the two words, or phrases, stand at most n words apart, in either order; without `/n` eight.',
    example: 'piano NEAR/3 saxophone',
  },
  {
    syntax: 'a ONEAR/n b',
    meaning: 'The same, with the second behind the first.',
    example: 'piano ONEAR/3 saxophone',
  },
  {
    syntax: 'word* w?rd',
    meaning:
      'Any word that begins so, or fits: `*` stands for letters or none, `?` inside a word for one letter. At least two letters must be named.',
    example: 'saxo*',
  },
  {
    syntax: '~word',
    meaning: 'Any word that is nearly this one: one letter more, less, other or swapped; two in long words.',
    example: '~saxaphone',
  },
  {
    syntax: 'word^2',
    meaning: 'The word, phrase or group weighs twice as much; from 0.01 to 100.',
    example: 'jazz^3 piano',
  },
  {
    syntax: 'a b | c',
    meaning:
      'Documents must match what stands left of the bar, but only what stands right of it decides their order.',
    example: 'jazz | piano',
  },
  {
    syntax: 'name:value',
    meaning:
      'Any field that documents bring in their metadata: the words, or with quotes the whole value. A name that no document has is searched as text.',
    example: 'author:Desmond',
  },
];

/** Ranges, order and counts. */
export const RANGE_OPERATORS: readonly OperatorRow[] = [
  {
    syntax: 'name:10..20',
    meaning:
      'Only documents whose field lies between the two, both included; one of them may be left out. Also `name:>=10`, `name:>10`, `name:<=20`, `name:<20`, and the old `gbmin:name:10`, `gbmax:name:20`, `gbequal:name:15` (with `int` or `float` too). Beside words in `OR`, `NOT` and parentheses as well: `jazz OR price:<5`. Bounds that mean nothing in the field (`price:<abc`), and fields that no document has, are searched as text.',
    example: 'price:10..20',
  },
  {
    syntax: 'version:1.2..1.10',
    meaning:
      'Only documents whose field is a version between the two, in the order of versions: 1.10 comes after 1.9, 2.0-rc1 before 2.0, and `..1.10` and `<=1.10` include 1.10.4. So is every field compared whose name ends in `version`, and any other where a bound has two dots or more, or a `v` in front.',
    example: 'version:1.2..1.10',
  },
  {
    syntax: 'after: before: date:',
    meaning:
      'Only documents of that time: a year, month, day or moment (`2024`, `2024-05`, `2024-05-17`, `2024-05-17T12:00Z`), or so long ago (`7d`, `2w`, `3m`, `1y`). `date:2024-05` is the whole month; `spidered:` asks when we fetched it.',
    example: 'after:2023-05 jazz',
  },
  {
    syntax: 'sort:name sort:-name',
    meaning:
      'Orders by the field instead of by relevance, the least first, or with `-` the greatest. Also `gbsortby:name` (greatest first) and `gbrevsortby:name`.',
    example: 'type:html sort:-price',
  },
  {
    syntax: 'facet:name',
    meaning:
      'Counts the values of the field among all matches; `facet:name,0-10,10-20` counts ranges, the upper end excluded (of dates `facet:date,2023..2024,2024..2025`). Also `gbfacetstr:`, `gbfacetint:`, `gbfacetfloat:`.',
    example: 'jazz facet:author',
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
    meaning: 'Only pages of exactly this host; where a port is named, of that one.',
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
    field: 'inheading',
    aliases: [],
    kind: 'text',
    syntax: 'inheading:',
    meaning: 'Only documents with the word, or the quoted words, in a heading.',
    example: 'inheading:repair',
    normalise: (value) => value,
  },
  {
    field: 'inanchor',
    aliases: [],
    kind: 'text',
    syntax: 'inanchor:',
    meaning: 'Only documents that links call so.',
    example: 'inanchor:workshop',
    normalise: (value) => value,
  },
  {
    field: 'url',
    aliases: ['info'],
    kind: 'filter',
    syntax: 'url:',
    meaning: 'The document of exactly this address; scheme, `www.` and the slash at the end do not matter.',
    example: 'url:example.org/manual/repair',
    normalise: (value) => (/[./]/.test(value) ? urlKey(value) : undefined),
  },
  {
    field: 'link',
    aliases: ['ilink'],
    kind: 'filter',
    syntax: 'link:',
    meaning: 'Only pages that link to exactly this address.',
    example: 'link:example.org/brubeck',
    normalise: (value) => (/[./]/.test(value) ? urlKey(value) : undefined),
  },
  {
    field: 'sitelink',
    aliases: [],
    kind: 'filter',
    syntax: 'sitelink:',
    meaning: 'Only pages that link to this host or domain, or to what lies below it.',
    example: 'sitelink:example.org',
    normalise: (value) => normaliseSite(value)?.split('/', 1)[0],
  },
  {
    field: 'ip',
    aliases: [],
    kind: 'filter',
    syntax: 'ip:',
    meaning: 'Only pages that came from this IPv4 address, or by its first three numbers from its network.',
    example: 'ip:192.0.2',
    normalise: (value) => (/^\d{1,3}(?:\.\d{1,3}){2,3}$/.test(value) ? value : undefined),
  },
  {
    field: 'hopcount',
    aliases: ['gbhopcount', 'depth'],
    kind: 'filter',
    isOrdered: true,
    syntax: 'hopcount:',
    meaning: 'Only pages so many links from the start; ranges as well (`hopcount:<3`).',
    example: 'hopcount:0',
    normalise: (value) => (/^\d{1,9}$/.test(value) ? String(Number(value)) : undefined),
  },
  {
    field: 'docid',
    aliases: ['gbdocid'],
    kind: 'filter',
    syntax: 'docid:',
    meaning: 'The document of this number, as answers give it.',
    example: 'docid:7172078698380245',
    normalise: (value) =>
      /^\d{1,16}$/.test(value) && Number.isSafeInteger(Number(value)) ? String(Number(value)) : undefined,
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
  /^(?:gb[a-z]+|related|cache|define|allintitle|allinurl|allintext|intext|after|before|sort|facet)$/i;

export function isForeignOperator(name: string): boolean {
  return FOREIGN.test(name);
}

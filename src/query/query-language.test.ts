import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { narrowedQuery } from './narrowed-query.ts';
import { parseQuery } from './query-language.ts';
import { MAX_QUERY_TERMS } from './query-lexer.ts';
import { printParsed, printQuery } from './query-printer.ts';
import { threadCpu_ms } from '../../testing/thread-cpu.ts';

const normalForm = (query: string): string => printQuery(parseQuery(query).root);

describe('the query language', () => {
  const cases: readonly (readonly [what: string, query: string, normal: string])[] = [
    ['leaves words as they are', '  jazz   piano ', 'jazz piano'],
    ['reads phrases in any quotes', '“take  five” „so what“ "x"', '"take five" "so what" "x"'],
    ['reads signs', '+jazz -sax -"take five" -site:example.org', '+jazz -sax -"take five" -site:example.org'],
    ['takes a dash inside a word or alone for writing', 'e-mail - --verbose a -- b', 'e-mail verbose a b'],
    ['binds AND tighter than OR', 'a AND b OR c', 'a AND b OR c'],
    ['joins neighbours of AND', 'a b AND c', 'a AND b AND c'],
    ['joins neighbours inside OR', 'a b OR c', 'a AND b OR c'],
    ['keeps parentheses where they tell', '(a OR b) c', '(a OR b) c'],
    ['drops parentheses that tell nothing', '((a)) (b (c)) ()', 'a b c'],
    ['reads NOT as a sign', 'NOT a NOT NOT b NOT (c d)', '-a b -(c d)'],
    ['reads NOT as a word where else nothing is asked', 'IS NOT NULL', 'IS not NULL'],
    ['does so in front of parentheses', 'NOT (operator)', 'not operator'],
    ['takes an expression for one all the same', 'a AND NOT b', 'a AND -b'],
    ['keeps what a field says away', 'NOT site:example.org', '-site:example.org'],
    [
      'knows fields by all their names',
      'title:"a b" GBLANG:de-AT filetype:.PDF suburl:x',
      'intitle:"a b" lang:de type:pdf inurl:x',
    ],
    ['normalises sites', 'site:https://WWW.Exämple.org:80/a/b/', 'site:xn--exmple-cua.org/a/b'],
    ['keeps the port of a host', 'host:Localhost:8080', 'host:localhost:8080'],
    ['takes lower-case operators for words', 'a and b or c', 'a and b or c'],
    ['makes words of operators that join nothing', 'AND a OR', 'and a or'],
    ['leaves out punctuation', '?? ! jazz &', 'jazz'],
    ['keeps names of languages', 'C++ c# .NET', 'C++ c# .NET'],
    ['keeps addresses as text', 'https://example.org/a?b', 'https://example.org/a?b'],
    ['joins words that are near', 'a NEAR/3 b c NEAR "d e"', '(a NEAR/3 b) (c NEAR/8 "d e")'],
    ['joins words that follow each other', 'a ONEAR/3 b ONEAR c', '(a ONEAR/3 b) AND (b ONEAR/8 c)'],
    ['chains what is near', 'x a NEAR/2 b NEAR/2 c', 'x ((a NEAR/2 b) AND (b NEAR/2 c))'],
    ['reads patterns and slips', 'Pian* wom?n what? ~Pinao', 'pian* wom?n what? ~pinao'],
    ['reads weights', 'a^2 "b c"^0.5 (d e)^3 f^9000', 'a^2 "b c"^0.5 (d e)^3 f^100'],
    ['keeps what stands left of a bar', 'a b | c | d', 'a AND b | c | d'],
    [
      'reads ranges of any field',
      'price:10..20 size:>=5 size:<7 date:..2024',
      'price:10..20 size:5.. size:<7 date:..2024',
    ],
    ['reads dates', 'after:2024-01 before:2025', 'date:2024-01.. date:<2025'],
    [
      'reads ranges as the old system wrote them',
      'gbmin:price:3 gbmaxint:gbspiderdate:9 gbequal:n:1',
      'price:3.. spidered:..9 n:1..1',
    ],
    [
      'reads fields of metadata',
      'Author:smith vendor:"My Vendor" product.size:L',
      'author:smith vendor:"My Vendor" product.size:L',
    ],
    [
      'leaves text with colons alone',
      'https://x.org std::vector C:\\x 12:30 a: b',
      'https://x.org std::vector C:\\x 12:30 a: b',
    ],
    ['is empty for nothing', ' "" () - + ', ''],
  ];
  for (const [what, query, normal] of cases) {
    test(what, () => assert.equal(normalForm(query), normal));
  }

  const warned: readonly (readonly [query: string, normal: string, warning: RegExp])[] = [
    ['say "hello', 'say hello', /quotation mark/],
    ['(a b', 'a b', /parenthesis/],
    ['a) b', 'a b', /parenthesis/],
    ['a AND', 'a and', /AND joins nothing/],
    ['lang:klingon', 'lang:klingon', /lang: can't be "klingon"/],
    ['site: x', 'site: x', /site: has no value/],
    ['related:x y', 'related:x y', /related: is not an operator here/],
    ['a NEAR (b c)', 'a AND b AND c', /NEAR joins words and phrases only/],
    ['*a', '*a', /too few letters for a pattern/],
    ['(a | b)', 'a b', /inside parentheses/],
    ['('.repeat(60) + 'a' + ')'.repeat(60), 'a', /nested deeper/],
  ];
  for (const [query, normal, warning] of warned) {
    test(`says what it could not read in ${query.slice(0, 20)}`, () => {
      const { root, warnings } = parseQuery(query);
      assert.equal(printQuery(root), normal);
      assert.match(warnings.join('\n'), warning);
    });
  }

  test('has nothing to say about a plain query', () => {
    for (const query of ['jazz piano', 'http://example.org', '"a b" -c', "rock'n'roll :-)"]) {
      assert.deepEqual(
        parseQuery(query).warnings.filter((w) => !w.includes('parenthesis')),
        [],
      );
    }
  });

  test('takes order and facets out of the words', () => {
    const parsed = parseQuery(
      'gbsortby:price jazz sort:-date facet:author gbfacetint:size,0-10,10-20 gbrevsortbyint:n',
    );
    assert.equal(printQuery(parsed.root), 'jazz');
    assert.deepEqual(parsed.sort, [
      { name: 'price', order: 'descending' },
      { name: 'date', order: 'descending' },
      { name: 'n', order: 'ascending' },
    ]);
    assert.deepEqual(parsed.facets, [
      { name: 'author', ranges: [] },
      {
        name: 'size',
        ranges: [
          ['0', '10'],
          ['10', '20'],
        ],
      },
    ]);
    assert.deepEqual(parseQuery(printParsed(parsed)), parsed);
    const dates = parseQuery('facet:date,2023..2024,2024-05-01.. facet:price,..5,-10--5');
    assert.deepEqual(
      dates.facets.map(({ ranges }) => ranges),
      [
        [
          ['2023', '2024'],
          ['2024-05-01', ''],
        ],
        [
          ['', '5'],
          ['-10', '-5'],
        ],
      ],
    );
    assert.deepEqual(parseQuery(printParsed(dates)), dates);
  });

  test('narrows a query as a whole, whatever joins its words', () => {
    for (const [query, narrowed] of [
      ['', 'site:x.org'],
      ['a b', 'a b site:x.org'],
      ['a b OR c', '(a b OR c) site:x.org'],
      ['(a OR b)', '(a OR b) site:x.org'],
      ['a | b', 'a | b site:x.org'],
      ['a | b OR c', 'site:x.org | a | b OR c'],
    ] as const) {
      assert.equal(narrowedQuery(query, 'site:x.org'), narrowed);
    }
    assert.equal(narrowedQuery('a OR b', 'sort:-date'), 'a OR b sort:-date');
  });

  test('takes 9,000 words and says when there are more', () => {
    const { root, warnings, isTooLong } = parseQuery('word '.repeat(MAX_QUERY_TERMS + 5));
    assert.equal(root?.kind === 'all' && root.nodes.length, MAX_QUERY_TERMS);
    assert.match(warnings.join(), /more than 9,000 words/);
    assert.ok(isTooLong);
    assert.deepEqual(parseQuery('word '.repeat(MAX_QUERY_TERMS)).warnings, []);
  });

  test('takes 32 patterns, each of which is looked for among all words, and says when there are more', () => {
    const patterns = Array.from({ length: 32 }, (_, i) => (i % 2 === 0 ? `ab${i}*` : `~word${i}^2`)).join(
      ' ',
    );
    assert.deepEqual(parseQuery(patterns).warnings, []);
    const { warnings, isTooLong } = parseQuery(`${patterns} one*`);
    assert.match(warnings.join(), /more than 32 patterns/);
    assert.ok(isTooLong);
  });

  test('reads hostile text in time', () => {
    for (const unit of ['(', ')', '"', 'NOT ', 'a OR ', '-(', '-', 'a:', '"a" ', '(a)', '^1', '!', 'a*']) {
      const cpu_ms = threadCpu_ms(() => normalForm(`${unit.repeat(60_000)}x`));
      assert.ok(cpu_ms < 15_000, `repeated ${JSON.stringify(unit)}: ${cpu_ms} ms`);
    }
  });

  const piece = fc.oneof(
    fc.constantFrom('AND', 'OR', 'NOT', '(', ')', '"', '“', '-', '+', ':', ' ', '\u3000', 'a', 'b c'),
    fc.constantFrom(
      'site:',
      'lang:de',
      'intitle:',
      'type:',
      'host:',
      'x.org/p',
      'e-mail',
      'C++',
      '東京',
      '\ud800',
      "'",
      'NEAR/3',
      'NEAR',
      '|',
      'a*',
      'ab*',
      'wo?n',
      '~ab',
      '^2',
      'a^3',
      '^',
      'x.y:',
      'price:1..2',
      'price:>3',
      'after:2024',
      'sort:-a',
      'facet:b',
    ),
    fc.string({ unit: 'binary', maxLength: 3 }),
  );
  test('reads its own normal form back, whatever was typed', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 25 }), fc.constantFrom('', ' '), (pieces, glue) => {
        const { root } = parseQuery(pieces.join(glue));
        assert.deepEqual(parseQuery(printQuery(root)).root, root, printQuery(root));
      }),
      { numRuns: 2000 },
    );
  });
});

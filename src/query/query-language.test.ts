import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { parseQuery } from './query-language.ts';
import { MAX_QUERY_TERMS } from './query-lexer.ts';
import { printQuery } from './query-printer.ts';

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
    ['gbsortby:price x', 'gbsortby:price x', /gbsortby: is not an operator here/],
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

  test('takes 9,000 words and says when there are more', () => {
    const { root, warnings } = parseQuery('word '.repeat(MAX_QUERY_TERMS + 5));
    assert.equal(root?.kind === 'all' && root.nodes.length, MAX_QUERY_TERMS);
    assert.match(warnings.join(), /more than 9,000 words/);
    assert.deepEqual(parseQuery('word '.repeat(MAX_QUERY_TERMS)).warnings, []);
  });

  test('reads hostile text in time', () => {
    for (const unit of ['(', ')', '"', 'NOT ', 'a OR ', '-(', '-', 'a:', '"a" ', '(a)']) {
      const started = performance.now();
      normalForm(unit.repeat(60_000));
      assert.ok(performance.now() - started < 1500, `repeated ${JSON.stringify(unit)}`);
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
    ),
    fc.string({ unit: 'binary', maxLength: 3 }),
  );
  test('reads its own normal form back, whatever was typed', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 25 }), fc.constantFrom('', ' '), (pieces, glue) => {
        const { root } = parseQuery(pieces.join(glue));
        assert.deepEqual(parseQuery(printQuery(root)).root, root);
      }),
      { numRuns: 2000 },
    );
  });
});

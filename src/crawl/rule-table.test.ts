import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { array, assert as holdsFor, constantFrom, property } from 'fast-check';
import { importFilters } from './gigablast-filters.ts';
import { holds, parseCondition, type UrlFacts } from './rule-language.ts';
import { RULE_PROFILES, RuleTable } from './rule-table.ts';

const facts = (url: string, more: Partial<UrlFacts> = {}): UrlFacts => ({
  url,
  depth: 1,
  isSeed: false,
  ...more,
});
const isSo = (condition: string, url: string, more: Partial<UrlFacts> = {}): boolean | undefined =>
  holds(parseCondition(condition), facts(url, more));

describe('A condition', () => {
  it('compares what a URL is made of', () => {
    const url = 'https://www.docs.example.co.uk:8443/a/b.HTML?x=1&y=2';
    for (const condition of [
      'always',
      'scheme = "https"',
      'host ^= "www."',
      'domain = "example.co.uk:8443" or domain = "example.co.uk"',
      'tld = "uk"',
      'path ^= "/a/" and not path $= "/"',
      'query *= "y="',
      'extension in ("html", "htm")',
      'segments = 2 and parameters >= 2 and port = 8443',
      'isWww and not isHome',
      'length > 10',
      'not (depth > 1 or isSeed)',
    ]) {
      assert.equal(isSo(condition, url), true, condition);
      assert.equal(isSo(`not (${condition})`, url), false, condition);
    }
  });

  it('binds "and" closer than "or"', () => {
    assert.equal(isSo('depth = 1 or depth = 2 and depth = 3', 'http://x/'), true);
    assert.equal(isSo('(depth = 1 or depth = 2) and depth = 3', 'http://x/'), false);
  });

  it('leaves open what depends on the unknown, unless the rest decides', () => {
    assert.equal(isSo('isNew', 'http://x/'), undefined);
    assert.equal(isSo('not isKnown', 'http://x/'), undefined);
    assert.equal(isSo('isNew or depth = 1', 'http://x/'), true);
    assert.equal(isSo('isNew and depth = 2', 'http://x/'), false);
    assert.equal(isSo('isNew and depth = 1', 'http://x/', { isKnown: false }), true);
  });

  it('says where it is wrong', () => {
    for (const [condition, message] of [
      ['deepth = 1', /no field "deepth"/],
      ['depth "x"', /compared by/],
      ['depth = "x"', /a number is expected/],
      ['path = 1', /double quotes/],
      ['(depth = 1', /not closed/],
      ['depth = 1 path = "x"', /needs "and" or "or"/],
      ['path ~ "x"', /character 5/],
      ['', undefined],
      ['('.repeat(100), /nested/],
      ['and', /no field/],
    ] as const) {
      if (message === undefined) assert.doesNotThrow(() => parseCondition(condition));
      else assert.throws(() => parseCondition(condition), message, condition);
    }
  });

  it('is read or refused with a typed error, whatever is written', () => {
    const piece = constantFrom(
      'depth',
      'path',
      '=',
      '"a"',
      '(',
      ')',
      'and',
      'or',
      'not',
      '3',
      'in',
      ',',
      '"',
      '\\',
      'isHome',
      '😀',
    );
    holdsFor(
      property(array(piece, { maxLength: 12 }), (pieces) => {
        try {
          holds(parseCondition(pieces.join(' ')), facts('http://x.example/'));
        } catch (error) {
          assert.equal((error as { code?: string }).code, 'BAD_ARGUMENT');
        }
      }),
    );
  });
});

describe('A table of rules', () => {
  const table = RuleTable.of([
    { when: 'path ^= "/private/"', action: 'delete' },
    { when: 'isFeed', action: 'follow', priority: 1 },
    { when: 'host = "big.example"', maxPagesPerHost: 10 },
    { when: 'depth > 5', action: 'skip' },
  ]);

  it('goes by its first row that holds, and says which', () => {
    const decisions = table.dryRun([
      facts('http://a.example/private/x', { depth: 9 }),
      facts('http://a.example/feed/'),
      facts('http://big.example/'),
      facts('http://a.example/', { depth: 6 }),
      facts('http://a.example/'),
    ]);
    assert.deepEqual(
      decisions.map(({ decision: { row, action, reason } }) => [row, action, reason]),
      [
        [1, 'delete', 'rule 1: path ^= "/private/"'],
        [2, 'follow', 'rule 2: isFeed'],
        [3, 'crawl', 'rule 3: host = "big.example"'],
        [4, 'skip', 'rule 4: depth > 5'],
        [0, 'crawl', 'no rule holds'],
      ],
    );
  });

  it('is checked when it is made', () => {
    assert.throws(() => RuleTable.of([{ when: 'always' }, { when: 'x = 1' }]), /Rule 2: .*no field "x"/);
    assert.throws(
      () => RuleTable.of([{ when: 'always', priority: 256 }]),
      /Rule 1: priority is a whole number from 0 to 255/,
    );
    assert.throws(() => RuleTable.of([{ when: 'always', action: 'burn' as 'skip' }]), /no action "burn"/);
    assert.throws(() => RuleTable.of(Array.from({ length: 501 }, () => ({ when: 'always' }))), {
      code: 'TOO_LARGE',
    });
    for (const rules of Object.values(RULE_PROFILES)) assert.doesNotThrow(() => RuleTable.of(rules));
  });
});

describe('A table of Gigablast', () => {
  it('is taken over where it has a counterpart, and told of where not', () => {
    const { rules, left } = importFilters([
      { expression: 'isreindex', priority: 80 },
      { expression: 'ismedia', isDelete: true },
      { expression: '!ismanualadd && ^http://www.example.com/', priority: 127 },
      { expression: 'hopcount==0 && iswww && isnew', priority: 50 },
      { expression: 'tld==de,at && hopcount>=3', maxSpiders: 0 },
      { expression: 'numinlinks>7' },
      { expression: 'hopcount==2', harvestLinks: false },
      { expression: '$\\.css' },
      { expression: 'default', priority: 1, frequency_d: 7, sameIpWait_ms: 1_000, maxSpiders: 99 },
    ]);
    assert.deepEqual(
      left.map(({ row, term }) => [row, term]),
      [
        [0, 'isreindex'],
        [5, 'numinlinks>7'],
      ],
    );
    assert.deepEqual(
      rules.map(({ when, action, priority }) => [when, action, priority]),
      [
        [rules[0]?.when, 'delete', undefined],
        ['not (isSeed) and url ^= "http://www.example.com/"', 'crawl', 0],
        ['depth = 0 and isWww and isNew', 'crawl', 77],
        ['tld in ("de", "at") and depth >= 3', 'skip', undefined],
        ['depth = 2', 'leaf', undefined],
        ['url $= ".css"', 'crawl', undefined],
        ['always', 'crawl', 126],
      ],
    );
    const { refreshAfter_s, delay_ms, maxAtOnce } = rules.at(-1) ?? {};
    assert.deepEqual([refreshAfter_s, delay_ms, maxAtOnce], [604_800, 1_000, 99]);
    const table = RuleTable.of(rules);
    assert.equal(table.decide(facts('http://x.example/a.png')).action, 'delete');
    assert.equal(table.decide(facts('http://x.at/', { depth: 3, isKnown: true })).action, 'skip');
  });
});

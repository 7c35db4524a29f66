import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { LinkResolver } from './link-resolver.ts';

test('an address is resolved as from its own page, whatever pages were read before', () => {
  const page = fc
    .tuple(
      fc.constantFrom('http://a.example', 'https://a.example', 'http://b.example:81'),
      fc.constantFrom('/', '/x', '/d/x.html', '/d/y.html', '/d/', '/d/e/x', '/d\\e/x', '/d;p/x'),
      fc.constantFrom('', '?q=/a/b', '#f/g'),
    )
    .map((parts) => parts.join(''));
  const href = fc
    .array(
      fc.constantFrom(
        'a',
        'x.html',
        '/',
        '..',
        '.',
        '?q',
        '#f',
        'http:',
        'http://c',
        '//d',
        ':',
        ' ',
        '\\',
        '%20',
        'ä',
      ),
      { minLength: 1, maxLength: 4 },
    )
    .map((parts) => parts.join('').trim());
  fc.assert(
    fc.property(fc.array(fc.tuple(page, href), { minLength: 1, maxLength: 30 }), (links) => {
      for (const [from, to] of links) {
        const url = to === '' ? null : URL.parse(to, from);
        if (url !== null) url.hash = '';
        const wanted = url !== null && url.protocol.startsWith('http') ? url.href : '';
        assert.equal(new LinkResolver(from, '').resolve(to), wanted, `${to} on ${from}`);
      }
    }),
    { numRuns: 300 },
  );
});

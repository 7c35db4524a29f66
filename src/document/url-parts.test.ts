import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { hostOfUrl, partsOfUrl, siteOfUrl, urlKey } from './url-parts.ts';

test('an address is called the same whether its letters tell that it is in normal form or it is taken apart', () => {
  const host = fc.constantFrom(
    'a.example',
    'www.a.example',
    'www.www.example',
    'www.com',
    'www',
    'x.1',
    'b.c:81',
  );
  const path = fc.string({ unit: fc.constantFrom(...'/a.Z9-~+%?#=@'.split('')), maxLength: 8 });
  fc.assert(
    fc.property(fc.constantFrom('http://', 'https://', ''), host, path, (scheme, name, rest) => {
      const url = `${scheme}${name}/${rest}`;
      const parsed = URL.parse(scheme === '' ? `https://${url}` : url);
      const site = parsed?.hostname.replace(/^www\./, '');
      const key = `${parsed?.host.replace(/^www\./, '')}${parsed?.pathname}${parsed?.search}`;
      assert.equal(urlKey(url), parsed === null ? url : key.replace(/\/$/, ''));
      if (scheme === '' || parsed === null) return;
      assert.equal(siteOfUrl(url), site);
      assert.equal(hostOfUrl(url), parsed.host);
      // What is no part of an address keeps the short way from being taken.
      assert.deepEqual(partsOfUrl(url), partsOfUrl(`${url.split('#', 1)[0]}#`));
    }),
    { numRuns: 500 },
  );
});

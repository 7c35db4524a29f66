import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { sharedData } from '../../testing/shared-data.ts';
import { isPlainUrl } from '../base/index.ts';
import { hostOf, registrableDomain, withoutWww } from './host.ts';
import { normaliseUrl, requireUrl } from './url-normaliser.ts';

const normal = (input: string, base?: string): string => {
  const result = normaliseUrl(input, base);
  return result.ok ? result.url : result.refusal;
};

/** The normal form of a URL that has no query and nothing else to be left out, found another way. */
function normaliseByParts(input: string): string {
  // A fragment at the end keeps the short way from being taken.
  return normal(`${input}#`);
}

describe('A URL', () => {
  it('has one spelling', () => {
    const cases: [string, string][] = [
      ['HTTP://EXAMPLE.com:80/a/../b/./c', 'http://example.com/b/c'],
      ['https://example.com:443', 'https://example.com/'],
      ['https://example.com./x#part', 'https://example.com/x'],
      ['http://bücher.example/', 'http://xn--bcher-kva.example/'],
      ['http://0x7f.1/', 'http://127.0.0.1/'],
      ['http://2130706433/', 'http://127.0.0.1/'],
      ['http://user:secret@example.com/', 'http://example.com/'],
      ['http://example.com/%7euser/%c3%bc%2F?q=%41', 'http://example.com/~user/%C3%BC%2F?q=A'],
      ['http://example.com/?', 'http://example.com/'],
      ['http://example.com/?&&a=1&&b', 'http://example.com/?a=1&b'],
      ['http://example.com/?utm_source=x&id=7&fbclid=9&GCLID=1', 'http://example.com/?id=7'],
      ['http://example.com/?PHPSESSID=123&a=2', 'http://example.com/?a=2'],
      ['http://example.com/a;jsessionid=1F0A/b?x=1', 'http://example.com/a/b?x=1'],
      ['http://example.com/?sid=0cc175b9c0f1b6a8', 'http://example.com/'],
      ['http://example.com/story?sid=1234', 'http://example.com/story?sid=1234'],
      ['http://example.com/?b=2&a=1', 'http://example.com/?b=2&a=1'],
      ['http://example.com/a%zz%%34%31', 'http://example.com/a%25zz%2541'],
      [' http://example.com/a b\t', 'http://example.com/a%20b'],
    ];
    for (const [input, wanted] of cases) assert.equal(normal(input), wanted, input);
  });

  it('is resolved against the page that it stands on', () => {
    assert.equal(normal('../x?y#z', 'http://a.example/b/c/d'), 'http://a.example/b/x?y');
    assert.equal(normal('//b.example', 'https://a.example/'), 'https://b.example/');
  });

  it('that no crawler can follow is refused with its reason', () => {
    assert.equal(normal('mailto:a@b.c'), 'scheme');
    assert.equal(normal('javascript:void(0)'), 'scheme');
    assert.equal(normal('http://'), 'syntax');
    assert.equal(normal('/relative'), 'syntax');
    assert.equal(normal('http://...'), 'syntax');
    assert.equal(normal(`http://example.com/${'x'.repeat(10_000)}`), 'too-long');
    assert.equal(normal(`http://example.com/${'x'.repeat(100_000)}`), 'too-long');
    assert.equal(normal(`http://example.com/${'x'.repeat(2_048 - 19)}`).length, 2_048);
  });

  it('keeps its spelling when it is normalised again', () => {
    const part = fc.string({ unit: 'grapheme', maxLength: 30 });
    fc.assert(
      fc.property(
        part,
        part,
        fc.constantFrom('', '%', '%%', '%4', '%2e', '%2F', ';sid=1', '&sid=x'),
        (path, query, odd) => {
          const once = normaliseUrl(`http://example.com/${path}${odd}?${query}${odd}`);
          if (once.ok) assert.deepEqual(normaliseUrl(once.url), once);
        },
      ),
    );
  });

  it('that looks plain is its own normal form, as the standard and our rules have it', () => {
    const label = fc.string({
      unit: fc.constantFrom(...'abcxz0x9-.n'.split('')),
      minLength: 1,
      maxLength: 5,
    });
    const plain = fc.string({ unit: fc.constantFrom(..."/./aZ09-_~!$&'()*+,=:@".split('')), maxLength: 12 });
    const odd = fc.constantFrom('', '', ';', '%2e', '|', '^', '`', '{}', '\\', '?', '#', ' ', 'ü', '\n');
    const path = fc.tuple(plain, odd).map(([text, more]) => `/${text}${more}`);
    const scheme = fc.constantFrom('http://', 'https://', 'https:/', 'HTTP://');
    let found = 0;
    fc.assert(
      fc.property(scheme, label, fc.constantFrom('', '.com', '.xn--a', '.0x1', ':80'), path, (...parts) => {
        const url = parts.join('');
        if (!isPlainUrl(url, 40)) return;
        found += 1;
        assert.equal(normaliseByParts(url), url);
      }),
      { numRuns: 5_000 },
    );
    assert.ok(found > 40, `${found} of them looked plain`);
    assert.equal(isPlainUrl('https://docs.example.co.uk/a/b-c_(d).html', 2_048), true);
    assert.equal(isPlainUrl('https://example.com/long', 10), false);
  });

  it('is read as the URL standard reads it', (test) => {
    const file = sharedData('tests/url/urltestdata.json');
    if (file === undefined) return test.skip('the test data are not at hand');
    const cases = JSON.parse(readFileSync(file, 'utf8')) as {
      input: string;
      base: string | null;
      href?: string;
      failure?: true;
    }[];
    let checked = 0;
    for (const { input, base, href, failure } of cases) {
      const result = normaliseUrl(input, base ?? undefined);
      if (failure === true || !/^https?:/.test(href ?? '')) assert.equal(result.ok, false, input);
      else if (result.ok) {
        const [ours, theirs] = [new URL(result.url), new URL(href ?? '')];
        assert.equal(ours.hostname, theirs.hostname.replace(/\.+$/, ''), input);
        assert.equal(ours.port, theirs.port, input);
        checked += 1;
      }
    }
    assert.ok(checked > 140, `${checked} URLs`);
  });

  it('that a person types may lack its scheme', () => {
    assert.equal(requireUrl('example.com/docs'), 'https://example.com/docs');
    assert.equal(requireUrl('localhost:8080'), 'https://localhost:8080/');
    assert.equal(requireUrl(' http://example.com '), 'http://example.com/');
    assert.throws(() => requireUrl('ftp://example.com'), { code: 'BAD_ARGUMENT' });
    assert.throws(() => requireUrl(`http://example.com/${'x'.repeat(3_000)}`), { code: 'TOO_LARGE' });
  });
});

describe('A host', () => {
  it('belongs to the domain that somebody registered', () => {
    const cases: [string, string][] = [
      ['docs.example.co.uk', 'example.co.uk'],
      ['example.com:8080', 'example.com'],
      ['me.github.io', 'me.github.io'],
      ['a.me.github.io', 'me.github.io'],
      ['127.0.0.1:8080', '127.0.0.1:8080'],
      ['[::1]:80', '[::1]:80'],
      ['localhost', 'localhost'],
      ['localhost:3000', 'localhost:3000'],
      ['com', 'com'],
    ];
    for (const [host, wanted] of cases) assert.equal(registrableDomain(host), wanted, host);
  });

  it('shares its slot with its domain, but not its queue', () => {
    assert.equal(hostOf('http://a.example.org/x').slot, hostOf('https://b.example.org/').slot);
    assert.notEqual(hostOf('http://a.example.org/').hash, hostOf('http://b.example.org/').hash);
    assert.notEqual(hostOf('http://127.0.0.1:1/').hash, hostOf('http://127.0.0.1:2/').hash);
  });

  it('has a twin with www', () => {
    assert.equal(withoutWww('www.example.com:81'), 'example.com:81');
    assert.equal(withoutWww('www.com'), 'www.com');
  });
});

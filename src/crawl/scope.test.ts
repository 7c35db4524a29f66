import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Scope, scopeRuleOf, type ScopeRule } from './scope.ts';

const inside = (kind: ScopeRule['kind'], seed: string, ...urls: string[]): boolean[] => {
  const scope = new Scope([scopeRuleOf(seed, kind)]);
  return urls.map((url) => scope.includes(url));
};

describe('The scope of a crawl', () => {
  it('is a site: its host and the twin with www, over http and https', () => {
    const urls = [
      'https://www.example.com/x',
      'http://example.com/',
      'http://docs.example.com/',
      'http://example.com:81/',
      'http://example.org/',
    ];
    assert.deepEqual(inside('site', 'http://example.com/a/b', ...urls), [true, true, false, false, false]);
    assert.deepEqual(inside('site', 'http://127.0.0.1:1/', 'http://127.0.0.1:1/x', 'http://127.0.0.1:2/'), [
      true,
      false,
    ]);
  });

  it('is a domain with all its hosts', () => {
    const urls = ['http://example.co.uk/', 'http://a.b.example.co.uk/', 'http://other.co.uk/'];
    assert.deepEqual(inside('domain', 'http://docs.example.co.uk/', ...urls), [true, true, false]);
  });

  it('is a folder and what is below', () => {
    const urls = [
      'https://www.example.com/docs/',
      'http://example.com/docs/a/b',
      'http://example.com/docs',
      'http://example.com/docsx/',
    ];
    assert.deepEqual(inside('prefix', 'http://example.com/docs/index.html', ...urls), [
      true,
      true,
      false,
      false,
    ]);
  });

  it('is all of these together', () => {
    const scope = new Scope([
      scopeRuleOf('http://a.example/', 'site'),
      scopeRuleOf('http://b.example/x/', 'prefix'),
    ]);
    scope.add(scopeRuleOf('http://b.example/y/', 'prefix'));
    assert.deepEqual(
      ['http://a.example/z', 'http://b.example/y/1', 'http://b.example/z'].map((url) => scope.includes(url)),
      [true, true, false],
    );
  });
});

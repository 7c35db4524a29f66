import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { extensionOf, parseContentType, sniffType } from './sniff.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const typeOf = (content: string, header = '', url = 'https://example.org/x'): string => {
  const { kind, contentType } = sniffType(bytes(content), header, url);
  return `${kind} ${contentType}`;
};

describe('sniffing', () => {
  test('believes the server where the bytes do not speak against it', () => {
    assert.equal(typeOf('<p>hi', 'text/html; charset=utf-8'), 'html text/html');
    assert.equal(typeOf('just words', 'text/html'), 'html text/html');
    assert.equal(typeOf('<!doctype html><p>source shown', 'text/plain'), 'text text/plain');
    assert.equal(typeOf('{"a":1}', 'application/ld+json'), 'json application/ld+json');
    assert.equal(typeOf('# Title', 'text/markdown'), 'text text/markdown');
    assert.equal(typeOf('a{}', 'text/css'), 'unknown text/css');
  });

  test('catches lies', () => {
    assert.equal(typeOf('%PDF-1.7 …', 'text/html'), 'pdf application/pdf');
    assert.equal(typeOf('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'text/html'), 'image image/png');
    assert.equal(typeOf('<!DOCTYPE html><title>Not found</title>', 'application/pdf'), 'html text/html');
    assert.equal(typeOf('<html><body>no image', 'image/png'), 'html text/html');
    assert.equal(typeOf('PK\x03\x04\x14\0\0\0', 'text/plain'), 'archive application/zip');
    assert.equal(
      typeOf('\x01\x02\x03\x04\0\x05\x06'.repeat(20), 'text/html'),
      'unknown application/octet-stream',
    );
    assert.equal(typeOf('<?xml version="1.0"?><rss version="2.0">', 'text/html'), 'feed application/rss+xml');
  });

  test('looks for itself where the server says nothing', () => {
    assert.equal(typeOf('  <!-- x --><div>'), 'html text/html');
    assert.equal(typeOf('<?xml version="1.0"?><feed xmlns="…">'), 'feed application/atom+xml');
    assert.equal(typeOf('<?xml version="1.0"?><urlset>'), 'xml application/xml');
    assert.equal(typeOf('<?xml version="1.0"?>\n<!DOCTYPE html>\n<html>'), 'html application/xhtml+xml');
    assert.equal(typeOf('<svg xmlns="…"><title>Figure</title>'), 'image image/svg+xml');
    assert.equal(typeOf('<svg></svg><p>a page that begins so', 'text/html'), 'html text/html');
    assert.equal(typeOf('[{"a": [1, 2]}]'), 'json application/json');
    assert.equal(typeOf('[not json'), 'text text/plain');
    assert.equal(typeOf('words', '', 'https://example.org/readme.md'), 'text text/markdown');
    assert.equal(typeOf(''), 'text text/plain');
    assert.equal(typeOf('BM is a fine way to begin a text'), 'text text/plain');
  });

  test('takes UTF-16 for text, with and without byte order mark', () => {
    assert.equal(sniffType(Buffer.from('\ufeff<html>hi', 'utf16le'), '', 'https://e.org/').kind, 'html');
    assert.equal(sniffType(Buffer.from('plain words', 'utf16le'), '', 'https://e.org/').kind, 'text');
  });

  test('reads the Content-Type header in all its shapes', () => {
    assert.deepEqual(parseContentType('Text/HTML;Charset="UTF-8"'), { type: 'text/html', charset: 'utf-8' });
    assert.deepEqual(parseContentType('nonsense'), { type: '', charset: '' });
  });

  test('finds extensions in paths only', () => {
    assert.equal(extensionOf('https://example.org'), '');
    assert.equal(extensionOf('https://example.org/a.tar.GZ?x=1.txt'), 'gz');
    assert.equal(extensionOf('https://example.org/v1.2/page'), '');
  });
});

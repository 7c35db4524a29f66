import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeText } from './charset.ts';
import { readHtml } from './html.ts';
import { threadCpu_ms } from '../../testing/thread-cpu.ts';

const textOf = (markup: string): string =>
  readHtml(markup, 'https://example.org/', 0)
    .sections.map(({ text }) => text)
    .join('|');

describe('reading HTML as the standard says', () => {
  for (const [what, markup, text] of [
    [
      'a script inside a comment of a script ends only itself',
      '<p>a<script><!-- <script>x</script> y --></script><p>b',
      'a\nb',
    ],
    ['a script without such a comment ends at once', '<p>a<script>"<script>"</script>b', 'ab'],
    ['templates keep end tags to themselves', '<div>a<template></div>b</template>c</div>', 'a c'],
    ['a paragraph ends a drawing', '<p>a<svg><g>b<p>c', 'a\nc'],
    [
      'HTML inside of a drawing does not',
      '<div>a<svg><foreignObject><p>b</div>c</foreignObject></svg>d</div>',
      'a d',
    ],
    ['a row ends a choice', '<table><tr><td>a<select><option>b<tr><td>c</table>', 'a\nc'],
    ['a second choice ends the first', '<select><option>a<select>b', 'b'],
    ['a set of frames has no text', '<frameset><frame src=a></frameset>b', ''],
    ['frames after text are none', '<p>a<frameset>b', 'a\nb'],
    ['an end tag that the page breaks off in is nothing', '<p>a<script>b</script/', 'a'],
    ['character data need no end', '<math><mi><![CDATA[a<b', 'a<b'],
    [
      'a reference stands in text, not in raw text',
      '<p>a &amp;lt; &notit;<xmp>&amp;</xmp><style>&amp;</style>&gt',
      'a &lt; ¬it;|&amp;|>',
    ],
    [
      'a less-than sign that begins no tag stands beside references',
      '<p>1 < 2 &amp;& 3 <4>',
      '1 < 2 && 3 <4>',
    ],
    ['lines of code end alike everywhere', '<pre>a\r\nb\rc</pre>', 'a\nb\nc'],
  ] as const) {
    test(what, () => assert.equal(textOf(markup), text));
  }

  test('a title and a value have references, the value but for what may be a parameter', () => {
    const { title, links } = readHtml(
      `<title>a <b>&amp;</b> "</title><a href='/?a="&amp;b=1&copy=2&quot'>x</a>`,
      'https://example.org/',
      0,
    );
    assert.equal(title, 'a <b>&</b> "');
    assert.deepEqual(
      links.map(({ url }) => url),
      ['https://example.org/?a=%22&b=1&copy=2%22'],
    );
  });

  test('reads many nested scripts in linear time', () => {
    const page = `<script><!--<script>${'</script><script>'.repeat(200_000)}`;
    assert.ok(threadCpu_ms(() => textOf(page)) < 2000);
  });

  test('finds a late declaration of the charset when the bytes need one', async () => {
    const page = `<!-- ${'x'.repeat(10_000)} --><meta charset="iso-8859-2"><p>`;
    const bytes = Buffer.concat([Buffer.from(page), Buffer.from([0xb3, 0xf3, 0x64, 0xbc])]);
    const { charset, text } = await decodeText(bytes, { syntax: 'html' });
    assert.equal(charset, 'iso-8859-2');
    assert.ok(text.endsWith('łódź'));
  });
});

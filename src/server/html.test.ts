import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as fc from 'fast-check';

import { escapeMarkup, html, trusted } from './html.ts';

test('values are escaped in content and in attributes', () => {
  const evil = `"><script>alert('1')</script>&`;
  assert.equal(
    html`<a title="${evil}">${evil}</a>`.toString(),
    '<a title="&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;">' +
      '&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;</a>',
  );
});

test('markup of templates is kept, lists are joined and absent values leave nothing', () => {
  const items = ['a', html`<b>${'<'}</b>`, 3];
  assert.equal(html`<p>${items}${undefined}${null}${false}${true}</p>`.toString(), '<p>a<b>&lt;</b>3</p>');
  assert.equal(html`${trusted('<hr>')}`.toString(), '<hr>');
});

test('a value in an unquoted attribute is refused, one at the end of a query string is not', () => {
  assert.throws(() => html`<a title=${'x onclick=alert(1)'}></a>`, /unquoted attribute/);
  assert.equal(html`<a href="/?q=${'x'}"></a>`.toString(), '<a href="/?q=x"></a>');
});

test('whatever the text, what comes out holds no markup and no character that XML forbids', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const escaped = escapeMarkup(text);
      assert.doesNotMatch(escaped, /[<>"']/);
      // oxlint-disable-next-line no-control-regex -- control characters are what must be absent
      assert.doesNotMatch(escaped, /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/);
      assert.ok(escaped.isWellFormed());
    }),
  );
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AskedUrls } from './asked-urls.ts';

const url = (n: number): string => `http://a.example/${n}`;

describe('URLs asked for lately', () => {
  it('are known, and no others; old ones may be forgotten', () => {
    const asked = new AskedUrls();
    for (let n = 0; n < 1_000; n++) {
      assert.equal(asked.has(url(n)), false);
      asked.add(url(n));
      assert.equal(asked.has(url(n)), true);
    }
    for (let n = 1_000; n < 400_000; n++) asked.add(url(n));
    let known = 0;
    for (let n = 0; n < 400_000; n++) if (asked.has(url(n))) known += 1;
    assert.ok(known > 100_000 && known <= 2 ** 17);
    for (let n = 400_000; n < 401_000; n++) assert.equal(asked.has(url(n)), false);
  });
});

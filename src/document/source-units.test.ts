import assert from 'node:assert/strict';
import { test } from 'node:test';
import { heldUnits, withUnits } from './source-units.ts';

const unitsOf = (text: string): number[] => Array.from(text, (_, i) => text.charCodeAt(i));

test('the units of a page are known while it is read, of one read inside it to its own reader alone', () => {
  const [page, inner] = ['<p>Straße und 中文 </p>'.repeat(10), '<b>é</b>'];
  withUnits(page, (units) => {
    assert.deepEqual([...units.subarray(0, page.length)], unitsOf(page));
    withUnits(inner, (own) => {
      assert.deepEqual([...own.subarray(0, inner.length)], unitsOf(inner));
      assert.equal(heldUnits(inner), undefined);
    });
    assert.equal(heldUnits(page), units);
    assert.deepEqual([...units.subarray(0, page.length)], unitsOf(page));
  });
  assert.equal(heldUnits(page), undefined);
});

test('a page whose reading fails leaves nothing behind', () => {
  assert.throws(() =>
    withUnits('<p>', () => {
      throw new Error('in the middle');
    }),
  );
  assert.equal(heldUnits('<p>'), undefined);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isPeregrineError } from '../base/index.ts';
import { type DocumentField, encodeFields, MAX_KEYWORD_BYTES } from './document-fields.ts';
import { checkFields, decodeFields } from './field-reader.ts';

const isCorrupt = (error: unknown): boolean => isPeregrineError(error, 'CORRUPT');

const FIELDS: readonly DocumentField[] = [
  { name: 'price', type: 'number', values: [1.5, -0.25] },
  { name: 'serial', type: 'integer', values: [-(2n ** 63n), 2n ** 63n - 1n] },
  { name: 'date', type: 'date', values: [-1, 1_700_000_000_000] },
  { name: 'größe', type: 'keyword', values: ['', 'ä'] },
];

test('fields have the bytes of version 1, and come back from them', () => {
  const bytes = encodeFields(FIELDS);
  const golden =
    '04' +
    '0570726963650002000000000000f83f000000000000d0bf' +
    '0673657269616c01020000000000000080ffffffffffffff7f' +
    '046461746502' +
    '02ffffffffffffffff0068e5cf8b010000' +
    '076772c3b6c39f6503020002c3a4';
  assert.equal(Buffer.from(bytes).toString('hex'), golden);
  assert.deepEqual(decodeFields(bytes), FIELDS);
});

test('what is no field is refused when it is written, and corrupt when it is read', () => {
  const wrong: readonly DocumentField[] = [
    { name: 'a', type: 'number', values: [Number.NaN] },
    { name: 'a', type: 'date', values: [0.5] },
    { name: 'a', type: 'integer', values: [2n ** 63n] },
    { name: 'a', type: 'keyword', values: ['x'.repeat(MAX_KEYWORD_BYTES + 1)] },
    { name: 'a', type: 'number', values: Array.from({ length: 2000 }, () => 1) },
  ];
  for (const field of wrong) {
    assert.throws(
      () => encodeFields([field]),
      (error) => isPeregrineError(error, 'BAD_ARGUMENT'),
    );
  }
  const bytes = encodeFields(FIELDS);
  for (let cut = 0; cut < bytes.length; cut++) {
    assert.throws(() => decodeFields(bytes.subarray(0, cut)), isCorrupt);
    assert.throws(() => checkFields(bytes, 0, cut), isCorrupt);
  }
  checkFields(Buffer.concat([bytes, bytes]), bytes.length, 2 * bytes.length);
  // Whatever a byte becomes: what is not refused can be written, and is the same then.
  let taken = 0;
  for (let at = 0; at < bytes.length; at++) {
    for (const value of [0, 1, 3, 0x7f, 0x80, 0xf0, 0xff]) {
      const changed = bytes.slice();
      changed[at] = value;
      if (!holds(() => checkFields(changed, 0, changed.length))) continue;
      assert.deepEqual(encodeFields(decodeFields(changed)), changed);
      taken += 1;
    }
  }
  assert.ok(taken > 100 && taken < 7 * bytes.length - 100, `${taken} were taken`);
});

function holds(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch (error) {
    assert.ok(isCorrupt(error));
    return false;
  }
}

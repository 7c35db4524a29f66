import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { compareVersions, isVersion, isVersionOf } from './version-order.ts';

const order = (a: string, b: string): number => Math.sign(compareVersions(a, b) ?? Number.NaN);

describe('the order of versions', () => {
  test('counts numbers as numbers, and what comes before a release before it', () => {
    // The row of semantic versioning §11.4, and what people write besides.
    const ascending = [
      '0.9',
      '1.0.0-alpha',
      '1.0.0-alpha.1',
      '1.0.0-alpha.beta',
      '1.0.0-beta',
      '1.0.0-beta.2',
      '1.0.0-beta.11',
      '1.0.0-rc.1',
      'v1.0.0',
      '1.2',
      '1.2.1',
      '1.10b1',
      '1.10',
      '2024.11.28',
    ];
    for (const [i, a] of ascending.entries()) {
      for (const [j, b] of ascending.entries()) {
        assert.equal(order(a, b), Math.sign(i - j), `${a} and ${b}`);
      }
    }
  });

  test('takes missing parts for 0, and what stands behind a plus for nothing', () => {
    assert.equal(compareVersions('1.2', '1.2.0.0'), 0);
    assert.equal(compareVersions('1.2+build.7', 'V1.2'), 0);
  });

  test('knows what is no version', () => {
    for (const text of ['', 'latest', '1..2', '1.2.', '-1', '1,2', '1.2 beta', '٣.١']) {
      assert.equal(isVersion(text), false, text);
      assert.equal(compareVersions(text, '1'), undefined, text);
    }
  });

  test('says which versions a shorter one stands for', () => {
    assert.deepEqual(
      ['1.10', '1.10.3', '1.10-rc1', '1.1', '1.100', '1.11'].map((text) => isVersionOf(text, '1.10')),
      [true, true, true, false, false, false],
    );
    assert.equal(isVersionOf('1.10', '1.10-rc1'), false);
  });

  test('is an order', () => {
    const part = fc.nat({ max: 12 }).map(String);
    const version = fc
      .tuple(
        fc.array(part, { minLength: 1, maxLength: 3 }),
        fc.constantFrom('', '-a', '-rc.1', '-rc.2', 'b2'),
      )
      .map(([parts, before]) => parts.join('.') + before);
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        assert.equal(order(a, b) + order(b, a), 0);
        if (order(a, b) <= 0 && order(b, c) <= 0) assert.ok(order(a, c) <= 0);
      }),
    );
  });
});

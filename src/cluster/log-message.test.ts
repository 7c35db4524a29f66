import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { array, assert as holds, integer, property } from 'fast-check';

import { isPeregrineError } from '../base/index.ts';
import {
  decodeLogMessage,
  encodeLogMessage,
  LogAssembly,
  type LogEntryBytes,
  packNext,
} from './log-message.ts';

function packAll(row: readonly LogEntryBytes[], term: number, maxBytes: number): Uint8Array[] {
  const messages: Uint8Array[] = [];
  for (let from = 0, sent = 0; from < row.length;) {
    const packed = packNext(row, from, term, sent, maxBytes);
    messages.push(packed.bytes);
    from += packed.entries;
    sent = packed.pieces;
  }
  return messages;
}

const rowOf = (sizes: readonly number[]): LogEntryBytes[] =>
  sizes.map((size, i) => ({ entry: i + 1, payload: new Uint8Array(size).fill(i + 1) }));

describe("Messages of a shard's stream", () => {
  it('bring every entry, packed or in pieces, and keep their bound', () => {
    holds(
      property(array(integer({ min: 0, max: 900 }), { minLength: 1, maxLength: 30 }), (sizes) => {
        const row = rowOf(sizes);
        const assembly = new LogAssembly();
        const found: LogEntryBytes[] = [];
        for (const bytes of packAll(row, 5, 320)) {
          assert(bytes.length <= 320);
          const completed = assembly.take(decodeLogMessage(bytes));
          completed?.payloads.forEach((payload, i) =>
            found.push({ entry: completed.firstEntry + i, payload: Uint8Array.from(payload) }),
          );
        }
        assert.deepEqual(found, row);
      }),
    );
  });

  it('of an older term do not count behind a newer mark', () => {
    const assembly = new LogAssembly();
    const old = { kind: 'entries', term: 1, firstEntry: 1, payloads: [new Uint8Array(1)] } as const;
    assert.equal(assembly.take(old)?.firstEntry, 1);
    assert.equal(assembly.take({ kind: 'mark', term: 2, base: 5 }), undefined);
    assert.equal(assembly.take({ ...old, firstEntry: 2 }), undefined);
    assert.equal(assembly.take({ ...old, term: 2, firstEntry: 2 })?.firstEntry, 2);
    assert.equal(new LogAssembly(2).take(old), undefined);
  });

  it('forget pieces that are interrupted, and take them from their beginning again', () => {
    const [first = new Uint8Array(), second = new Uint8Array()] = packAll(rowOf([400]), 1, 320);
    const assembly = new LogAssembly();
    assert.equal(assembly.take(decodeLogMessage(first)), undefined);
    assert.equal(assembly.take({ kind: 'mark', term: 1, base: 0 }), undefined);
    assert.equal(assembly.take(decodeLogMessage(second)), undefined);
    assert.equal(assembly.take(decodeLogMessage(first)), undefined);
    assert.equal(assembly.take(decodeLogMessage(first)), undefined);
    assert.equal(assembly.take(decodeLogMessage(second))?.payloads[0]?.length, 400);
  });

  it('are refused with any bit flipped', () => {
    const bytes = encodeLogMessage({
      kind: 'entries',
      term: 3,
      firstEntry: 9,
      payloads: [new Uint8Array([1, 2, 3])],
    });
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const harmed = bytes.slice();
      harmed[bit >> 3] = (harmed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      assert.throws(
        () => decodeLogMessage(harmed),
        (error) => isPeregrineError(error, 'CORRUPT'),
      );
    }
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { isPeregrineError, toShardId } from '../base/index.ts';
import {
  admitted,
  continuation,
  decodeShardRecord,
  encodeShardRecord,
  evicted,
  firstRecord,
  joined,
  left,
  reborn,
  takenOver,
} from './shard-record.ts';

const LOG = { stream: 'log', streamIdentity: 'x' };
const at = (epoch: number, entry: number) => ({ epoch, term: 1, entry, place: 7 });
const first = firstRecord(toShardId(3), 'a', LOG, 0);
const three = ['b', 'c'].reduce((record, host) => admitted(joined(record, host), host), first);

describe('The record of a shard', () => {
  it('is led only by hosts that have everything', () => {
    assert.equal(takenOver(three, 'b')?.leader, 'b');
    assert.equal(takenOver(three, 'b')?.term, 2);
    assert.equal(takenOver(evicted(three, 'b'), 'b'), undefined);
    assert.equal(takenOver(joined(first, 'b'), 'b'), undefined);
  });

  it('keeps its leader and its last whole mirror', () => {
    assert.equal(left(three, 'a'), undefined);
    assert.deepEqual(left(three, 'b')?.members, ['a', 'c']);
    assert.equal(left({ ...evicted(evicted(three, 'a'), 'b'), leader: 'b' }, 'c'), undefined);
    assert.equal(admitted(first, 'stranger'), first);
  });

  it('lets go on in a new life only who stands where it begins', () => {
    const second = reborn(three, 'b', LOG, { base: 10, term: 1 }, ['c']);
    assert.deepEqual(second.inSync, ['b', 'c']);
    assert.deepEqual(continuation(second, at(1, 10)), { epoch: 2, term: 0, entry: 10, place: 0 });
    assert.equal(continuation(second, at(1, 9)), undefined);
    assert.equal(continuation(second, at(1, 11)), undefined);
    const ofAnotherTerm = { ...at(1, 10), term: 7 };
    assert.equal(
      continuation(second, ofAnotherTerm),
      undefined,
      'an entry of the same number is another one',
    );
    assert.deepEqual(continuation(second, at(2, 12)), at(2, 12));
    const third = reborn(second, 'b', LOG, { base: 12, term: 1 }, []);
    assert.equal(continuation(third, at(1, 10)), undefined);
    assert.equal(continuation(third, at(1, 12)), undefined);
    assert.equal(continuation(reborn(second, 'b', LOG, { base: 10, term: 0 }, []), at(1, 10))?.epoch, 3);
  });

  it('lets an empty store begin where nothing was before, and nowhere else', () => {
    const nowhere = { epoch: 0, term: 0, entry: 0, place: 0 };
    assert.equal(continuation(first, nowhere)?.epoch, 1);
    assert.equal(continuation(firstRecord(toShardId(0), 'a', LOG, 5), nowhere), undefined);
    assert.equal(continuation(reborn(first, 'a', LOG, { base: 4, term: 1 }, []), nowhere), undefined);
  });

  it('comes back as it was written, and is refused where it is not whole', () => {
    assert.deepEqual(decodeShardRecord(encodeShardRecord(three)), three);
    for (const text of [
      '',
      'null',
      '{}',
      '{"version":1}',
      encodeShardRecord(three).replace('"term":1', '"term":-1'),
    ]) {
      assert.throws(
        () => decodeShardRecord(text),
        (error) => isPeregrineError(error),
      );
    }
  });
});

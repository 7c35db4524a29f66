import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { isPeregrineError, Serial } from './index.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('Serial work', () => {
  it('runs one after another, in order, each to its end', async () => {
    const serial = new Serial();
    const steps: string[] = [];
    const work = (name: string) => async (): Promise<string> => {
      steps.push(`${name} begins`);
      await turn();
      steps.push(`${name} ends`);
      return name;
    };
    const results = Promise.all([serial.run(work('a')), serial.run(work('b')), serial.run(() => 'c')]);
    assert.equal(serial.pending, 3);
    assert.deepEqual(await results, ['a', 'b', 'c']);
    assert.deepEqual(steps, ['a begins', 'a ends', 'b begins', 'b ends']);
    assert.equal(serial.pending, 0);
  });

  it('goes on after work that fails', async () => {
    const serial = new Serial();
    const failed = serial.run(() => {
      throw new Error('no');
    });
    const after = serial.run(() => 1);
    await assert.rejects(failed, /no/);
    assert.equal(await after, 1);
    await serial.idle();
  });

  it('closes after what was handed in', async () => {
    const serial = new Serial();
    let isDone = false;
    const work = serial.run(async () => {
      await turn();
      isDone = true;
    });
    const closed = serial.close();
    await assert.rejects(
      serial.run(() => 1),
      (error: unknown) => isPeregrineError(error, 'CLOSED'),
    );
    await closed;
    assert.ok(isDone);
    await work;
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { whenAborted } from './abort-callbacks.ts';

describe('Callbacks for an abort', () => {
  it('are each called once, but for those that were taken back', () => {
    const controller = new AbortController();
    const called: string[] = [];
    whenAborted(controller.signal, () => called.push('first'));
    const takeBack = whenAborted(controller.signal, () => called.push('second'));
    const same = (): unknown => called.push('twice');
    whenAborted(controller.signal, same);
    const takeOneBack = whenAborted(controller.signal, same);
    takeBack();
    takeOneBack();
    controller.abort();
    controller.abort();
    assert.deepEqual(called, ['first', 'twice']);
  });

  it('cost one listener, however many wait', () => {
    const { signal } = new AbortController();
    let listeners = 0;
    signal.addEventListener = (...words: Parameters<AbortSignal['addEventListener']>): void => {
      listeners += 1;
      AbortSignal.prototype.addEventListener.apply(signal, words);
    };
    for (let i = 0; i < 100; i++) whenAborted(signal, () => undefined);
    assert.equal(listeners, 1);
  });
});

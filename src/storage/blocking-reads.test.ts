import { describe, it } from 'node:test';
import assert from 'node:assert/strict';

import { systemClock } from '../base/index.ts';
import { BlockingReads } from './blocking-reads.ts';
import type { HeldFile } from './file-handles.ts';

/** A file of zeros whose reads take as long as it is told. */
class TimedFile implements HeldFile {
  readonly path = 'file';
  now_ms = 0;
  takes_ms = 0;
  reads = 0;
  failure: Error | undefined;

  readNow(): number {
    this.reads += 1;
    this.now_ms += this.takes_ms;
    if (this.failure !== undefined) throw this.failure;
    return 8;
  }

  read(into: Uint8Array): Promise<number> {
    return Promise.resolve(into.length);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function reads(file: TimedFile): BlockingReads {
  return new BlockingReads({ ...systemClock, monotonic: () => file.now_ms });
}

describe('Reads that block their thread', () => {
  it('go on as long as they are quick', () => {
    const file = new TimedFile();
    const blocking = reads(file);
    for (let i = 0; i < 100; i++) assert.ok(blocking.tryRead(file, new Uint8Array(16), 0, 8));
    assert.equal(file.reads, 100);
  });

  it('grow rare while the disk is slow, and come back when it is quick again', () => {
    const file = new TimedFile();
    const blocking = reads(file);
    file.takes_ms = 10;
    for (let i = 0; i < 10_000; i++) blocking.tryRead(file, new Uint8Array(16), 0, 8);
    assert.ok(file.reads < 10, `${file.reads} reads blocked`);
    file.takes_ms = 0;
    let quick = 0;
    for (let i = 0; i < 10_000; i++) if (blocking.tryRead(file, new Uint8Array(16), 0, 8)) quick += 1;
    assert.ok(quick > 5_000);
  });

  it('are not given up for one slow read among many, and are for two', () => {
    const file = new TimedFile();
    const blocking = reads(file);
    const isTried = (takes_ms: number): boolean => {
      file.takes_ms = takes_ms;
      return blocking.tryRead(file, new Uint8Array(16), 0, 8);
    };
    for (let i = 0; i < 100; i++) isTried(0);
    assert.deepEqual([isTried(10), isTried(0), isTried(10), isTried(0)], [true, true, true, false]);
  });

  it('leave failures and short reads to those who try again', () => {
    const file = new TimedFile();
    const blocking = reads(file);
    file.failure = new Error('The disk is gone.');
    assert.equal(blocking.tryRead(file, new Uint8Array(16), 0, 8), false);
    const short: HeldFile = {
      path: 'short',
      readNow: () => 3,
      read: () => Promise.resolve(3),
      close: () => Promise.resolve(),
    };
    assert.equal(blocking.tryRead(short, new Uint8Array(16), 0, 8), false);
    const shut: HeldFile = { ...short, readNow: () => undefined };
    assert.equal(blocking.tryRead(shut, new Uint8Array(16), 0, 8), false);
  });
});

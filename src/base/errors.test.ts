import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import {
  assert as assertInvariant,
  isPeregrineError,
  jsonLinesLog,
  messageOf,
  must,
  PeregrineError,
  silentLog,
} from './index.ts';

const isInternal = (error: unknown): boolean => isPeregrineError(error, 'INTERNAL');

describe('An error', () => {
  it('has a code, a sentence, facts and a cause, and crosses as JSON', () => {
    const cause = new Error('below');
    const error = new PeregrineError('CORRUPT', 'A page is damaged.', { file: 'a', offset: 4096 }, cause);
    assert.equal(error.cause, cause);
    assert.ok(
      isPeregrineError(error) && isPeregrineError(error, 'CORRUPT') && !isPeregrineError(error, 'IO'),
    );
    assert.equal(
      JSON.stringify(error),
      '{"code":"CORRUPT","message":"A page is damaged.","facts":{"file":"a","offset":4096}}',
    );
    assert.ok(!('cause' in new PeregrineError('IO', 'No cause.')));
  });

  it('of anything thrown has a message', () => {
    assert.equal(messageOf(new Error('x')), 'x');
    assert.equal(messageOf('y'), 'y');
    assert.equal(isPeregrineError('y'), false);
  });
});

describe('An invariant', () => {
  it('that is broken is a defect, said so', () => {
    assertInvariant(true, 'never said');
    assert.equal(must(0, 'zero'), 0);
    assert.throws(() => assertInvariant(false, 'one is two'), isInternal);
    assert.throws(() => must(undefined, 'the key'), isInternal);
    assert.throws(() => must(null, 'the key'), /the key is missing/);
  });
});

describe('A log of JSON lines', () => {
  it('writes events at or above its level', () => {
    let text = '';
    const log = jsonLinesLog({ write: (line) => (text += line) }, 'warn');
    log.write('info', 'storage.flush');
    log.write('error', 'storage.damage', { file: 'a' });
    const { time, ...line } = JSON.parse(text) as Record<string, unknown>;
    assert.deepEqual(line, { level: 'error', event: 'storage.damage', file: 'a' });
    assert.ok(!Number.isNaN(Date.parse(String(time))));
    silentLog.write('error', 'unheard');
  });
});

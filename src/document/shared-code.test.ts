import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sharedCode } from './shared-code.ts';

const NOTHING = { execArgv: [], env: {} };

test('A process may write compiled code only where Node lets it take the right away from itself', () => {
  const folder = '/var/cache/node/v24.21.0-x64-1';
  for (const version of ['24.21.0', '24.30.1', '26.5.0', '27.0.0']) {
    assert.deepEqual(sharedCode(folder, version), {
      execArgv: ['--allow-fs-write=/var/cache/node'],
      env: { NODE_COMPILE_CACHE: '/var/cache/node' },
    });
  }
  for (const version of ['24.20.9', '25.9.0', '26.4.0'])
    assert.deepEqual(sharedCode(folder, version), NOTHING);
});

test('A program that keeps no compiled code shares none', () => {
  assert.deepEqual(sharedCode('', '24.21.0'), NOTHING);
});

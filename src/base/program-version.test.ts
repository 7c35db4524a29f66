import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { programVersion } from './program-version.ts';

test('the version of the program is that of its package', () => {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  assert.equal(programVersion(), (JSON.parse(text) as { version: string }).version);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { decodeChanges, encodeChanges, SETTING_CHANGES_KEPT, VALUE_CHARACTERS } from './kept-settings.ts';
import { openEngine } from './open-engine.ts';

const look = (n: number): Uint8Array => Buffer.from(`${n} ${'x'.repeat(2 * VALUE_CHARACTERS)}`);

test('settings keep beside them who changed what, the latest first, and the oldest leave', async (t) => {
  const dataDirectory = temporaryDirectory(t);
  const first = await openEngine({ dataDirectory });
  await first.createCollection('main');
  await first.createCollection('other');
  assert.deepEqual(await first.settingChanges('main'), []);
  await first.setSearchRules('main', { synonyms: 'hawk, falcon' }, 'key north');
  await first.setSearchRules('main', { synonyms: 'hawk, falcon' }, 'admin');
  await Promise.all([1, 2, 3].map((n) => first.writeSetting('main', 'look', look(n), 'admin')));
  await first.writeSetting('main', 'look', undefined, 'session');
  await first.close();

  const second = await openEngine({ dataDirectory });
  t.after(() => second.close());
  const changes = await second.settingChanges('main');
  assert.deepEqual(
    changes.map(({ who, setting, before, after }) => [who, setting, before.slice(0, 1), after.slice(0, 1)]),
    [
      ['session', 'look', '3', ''],
      ['admin', 'look', '2', '3'],
      ['admin', 'look', '1', '2'],
      ['admin', 'look', '', '1'],
      ['key north', 'search-rules', '', '{'],
    ],
    'the same once more is no change, and none of several at one moment is missing',
  );
  assert(changes.every(({ before }) => before.length <= VALUE_CHARACTERS + 1));
  assert.deepEqual(await second.settingChanges('other'), []);
  for (let n = 0; n < SETTING_CHANGES_KEPT; n++) {
    await second.writeSetting('main', 'look', Buffer.from(String(n)), 'admin');
  }
  const latest = await second.settingChanges('main');
  assert.equal(latest.length, SETTING_CHANGES_KEPT);
  assert.equal(latest.at(-1)?.after, '0');
});

test('the bytes of a history of settings stay what they are', () => {
  const change = {
    at_ms: 5,
    who: 'admin',
    host: 'north',
    setting: 'theme',
    before: '',
    after: '{"name":"A"}',
  };
  const bytes = Buffer.from(
    '{"version":1,"changes":[{"at_ms":5,"who":"admin","host":"north","setting":"theme","before":"","after":"{\\"name\\":\\"A\\"}"}]}',
  );
  assert.deepEqual(encodeChanges([change]), bytes);
  assert.deepEqual(decodeChanges(bytes), [change]);
  assert.throws(() => decodeChanges(Buffer.from('{"version":2,"changes":[]}')), /version 2/);
});

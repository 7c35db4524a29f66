import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { ManualClock } from '../base/index.ts';
import { ADMIN_KEY_FILE, keyCheck, newKey, openAdminKey } from './admin-key.ts';
import { ATTEMPTS_PER_WINDOW, FailedAttempts, WINDOW_MS } from './failed-attempts.ts';

async function inDirectory(run: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'peregrine-key-'));
  try {
    await run(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

test('the admin key is made once, kept only as a hash, and readable by its owner alone', async () => {
  await inDirectory(async (directory) => {
    const first = await openAdminKey(directory);
    const created = first.created ?? '';
    assert.match(created, /^[\w-]{43}$/);
    assert.ok(first.key.matches(created));
    const path = join(directory, ADMIN_KEY_FILE);
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    assert.ok(!(await readFile(path, 'utf8')).includes(created));

    const second = await openAdminKey(directory);
    assert.equal(second.created, undefined);
    assert.ok(second.key.matches(created));
    assert.ok(!second.key.matches(newKey()));
    assert.ok(!second.key.matches(''));
  });
});

test('a renewed key replaces the old one at once and after a restart', async () => {
  await inDirectory(async (directory) => {
    const { key, created = '' } = await openAdminKey(directory);
    const renewed = await key.renew();
    assert.ok(key.matches(renewed));
    assert.ok(!key.matches(created));
    assert.equal(key.generation, 2);
    assert.ok((await openAdminKey(directory)).key.matches(renewed));
  });
});

test('a key file that someone broke opens nothing and says what to do', async () => {
  await inDirectory(async (directory) => {
    for (const broken of ['', '{}', '{"version":1,"algorithm":"sha256","hash":"00"}', '{"version":2}']) {
      await writeFile(join(directory, ADMIN_KEY_FILE), broken);
      await assert.rejects(openAdminKey(directory), { code: 'CORRUPT' });
    }
  });
});

test('the form of the key file is frozen', async () => {
  await inDirectory(async (directory) => {
    const hash = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
    await writeFile(
      join(directory, ADMIN_KEY_FILE),
      `{"version":1,"algorithm":"sha256","hash":"${hash}","created":"2026-03-04T14:00:00.000Z"}`,
    );
    assert.ok((await openAdminKey(directory)).key.matches('test'));
  });
});

test('keys of any length can be compared', () => {
  const check = keyCheck('right');
  for (const wrong of ['', 'r', 'righT', 'right ', 'x'.repeat(10_000)]) assert.ok(!check.matches(wrong));
  assert.ok(check.matches('right'));
});

test('after a few wrong keys an address has to wait, another one does not', async () => {
  const clock = new ManualClock();
  const attempts = new FailedAttempts(clock);
  for (let i = 0; i < ATTEMPTS_PER_WINDOW; i++) assert.equal(attempts.add('192.0.2.1'), 0);
  assert.equal(attempts.add('192.0.2.1'), WINDOW_MS);
  assert.equal(attempts.add('192.0.2.2'), 0);
  await clock.advance(WINDOW_MS);
  assert.equal(attempts.add('192.0.2.1'), 0);
});

test('addresses of one IPv6 network count as one', () => {
  const attempts = new FailedAttempts(new ManualClock());
  for (let i = 0; i < ATTEMPTS_PER_WINDOW; i++) attempts.add(`2001:db8:1:2::${i + 1}`);
  assert.ok(attempts.add('2001:db8:1:2:aaaa:bbbb:cccc:dddd') > 0);
  assert.equal(attempts.add('2001:db8:1:3::1'), 0);
  assert.equal(attempts.add('2001:db8::1'), 0);
});

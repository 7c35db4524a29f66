import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';

import { openEngine } from '../collection/index.ts';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { examine, type Finding } from './doctor.ts';

const of = (findings: readonly Finding[], name: string): Finding =>
  findings.find((one) => one.name === name)!;

test('a healthy machine and a sound store are said to be so', async (t) => {
  const dataDir = temporaryDirectory(t);
  chmodSync(dataDir, 0o700);
  const engine = await openEngine({ dataDirectory: dataDir });
  await engine.createCollection('main');
  await engine.inject('main', { url: 'https://a.example.org/', content: '<p>falcon</p>' });
  const held = await examine({ dataDir, host: '127.0.0.1', port: 0 });
  assert.match(of(held, 'store').says, /a running process holds it/);
  await engine.close();
  const findings = await examine({ dataDir, host: '127.0.0.1', port: 0 });
  assert.match(of(findings, 'store').says, /1 documents, a sample of every file is sound/);
  for (const name of ['runtime', 'clock', 'data directory', 'durability', 'keys', 'port', 'store']) {
    assert.equal(of(findings, name).state, 'good', JSON.stringify(of(findings, name)));
  }
});

test('what is wrong is named with what to do about it', async (t) => {
  const folder = temporaryDirectory(t);
  const file = join(folder, 'file');
  writeFileSync(file, '');
  const blocker = createServer();
  await new Promise<void>((listening) => void blocker.listen(0, '127.0.0.1', listening));
  t.after(() => void blocker.close());
  const { port } = blocker.address() as AddressInfo;
  blocker.on('connection', (socket) => socket.end('no'));
  const findings = await examine({ dataDir: file, host: '127.0.0.1', port });
  assert.equal(of(findings, 'data directory').state, 'bad');
  assert.equal(of(findings, 'port').state, 'bad');
  assert.match(of(findings, 'port').remedy ?? '', /--port/);

  const open = join(folder, 'open');
  mkdirSync(open);
  writeFileSync(join(open, 'control.key'), 'secret');
  chmodSync(join(open, 'control.key'), 0o644);
  const loose = of(await examine({ dataDir: open, host: '127.0.0.1', port: 0 }), 'keys');
  assert.equal(loose.state, 'bad');
  assert.match(loose.remedy ?? '', /^chmod 600 .*control\.key$/);
});

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TLSSocket } from 'node:tls';

import { createServer, keyCheck, listen } from '../server/index.ts';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { TinyEngine } from '../../testing/tiny-engine.ts';
import { readTls, watchTls } from './tls-files.ts';

const OPENSSL = '/usr/bin/openssl';
const skip = existsSync(OPENSSL) ? false : `there is no ${OPENSSL}`;

function certificate(folder: string, name: string): { certificate: string; key: string } {
  const files = { certificate: join(folder, `${name}.pem`), key: join(folder, `${name}.key`) };
  execFileSync(
    OPENSSL,
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-days',
      '2',
      '-subj',
      `/CN=${name}`,
      '-out',
      files.certificate,
      '-keyout',
      files.key,
    ],
    { stdio: 'ignore' },
  );
  return files;
}

async function askOver(origin: string): Promise<{ status: number; subject: string; body: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(`${origin}/health/live`, { rejectUnauthorized: false, agent: false }, (answer) => {
      const { CN } = (answer.socket as TLSSocket).getPeerCertificate().subject;
      let body = '';
      answer.on('data', (bytes: Buffer) => (body += bytes.toString()));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, subject: String(CN), body }));
    });
    asked.on('error', reject);
    asked.end();
  });
}

test(
  'HTTPS is served from files, and a renewed certificate is taken up without a restart',
  { skip },
  async (t) => {
    const folder = temporaryDirectory(t);
    const files = certificate(folder, 'first');
    const next = certificate(folder, 'second');
    const engine = new TinyEngine();
    const server = createServer({ engine, adminKey: keyCheck('key'), tls: await readTls(files) });
    const renewed = Promise.withResolvers<string>();
    const unwatch = watchTls(files, server, { write: (_level, event) => renewed.resolve(event) }, 20);
    try {
      const origin = await listen(server, { port: 0 });
      assert.match(origin, /^https:/);
      const before = await askOver(origin);
      assert.deepEqual([before.status, before.subject], [200, 'first']);
      copyFileSync(next.key, files.key);
      copyFileSync(next.certificate, files.certificate);
      for (let seen = ''; seen !== 'second';) {
        await new Promise((soon) => setTimeout(soon, 20));
        seen = (await askOver(origin)).subject;
      }
      assert.ok(await renewed.promise);
    } finally {
      unwatch();
      await server.close();
      await engine.close();
    }
  },
);

test('files that are no certificate and its key are refused with their names', async (t) => {
  const folder = temporaryDirectory(t);
  const file = join(folder, 'no.pem');
  await assert.rejects(readTls({ certificate: file, key: file }), /no\.pem can't be read/);
  writeFileSync(file, 'nothing');
  await assert.rejects(readTls({ certificate: file, key: file }), /are no certificate and its key/);
});

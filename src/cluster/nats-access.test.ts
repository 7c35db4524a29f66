import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { isPeregrineError, messageOf } from '../base/index.ts';
import { connectNats, createLog, natsAccess, StreamError } from './index.ts';
import { makeCertificate, withoutCertificates } from '../../testing/certificates.ts';
import { hasNats, NO_NATS, startNats } from '../../testing/nats-servers.ts';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';

/** The configuration that docs/cluster.md gives. */
function documentedConfiguration(): string {
  const page = readFileSync(new URL('../../docs/cluster.md', import.meta.url), 'utf8');
  const found = /```\n(tls \{[\s\S]*?)```/.exec(page)?.[1];
  assert(found !== undefined, 'docs/cluster.md shows a configuration');
  return found;
}

describe('Access to NATS', () => {
  it('takes names and passwords out of addresses', async () => {
    const { servers, access } = await natsAccess(['nats://me:p%40ss@one:4222', 'two:4222']);
    assert.deepEqual(servers, ['nats://one:4222', 'nats://two:4222']);
    assert.deepEqual(access, { user: 'me', pass: 'p@ss' });
    assert.deepEqual((await natsAccess(['nats://token@one:4222'])).access, { token: 'token' });
    assert.deepEqual((await natsAccess(['tls://one:4222'])).access, { tls: {} });
  });

  it('refuses what does not go together, without saying a password', async () => {
    const bad = [
      natsAccess(['http://me:secret@one']),
      natsAccess(['nats://me:secret@one:4222'], { credentials: '/nowhere.creds' }),
      natsAccess(['nats://one:4222'], { certificate: '/nowhere.pem' }),
      natsAccess(['nats://one:4222'], { ca: '/nowhere.pem' }),
    ];
    for (const refused of bad) {
      await assert.rejects(refused, (error) => {
        assert(!messageOf(error).includes('secret'));
        return isPeregrineError(error, 'BAD_ARGUMENT');
      });
    }
  });

  it(
    'works as documented: TLS, an account, and no more permissions than a host needs',
    { skip: hasNats ? withoutCertificates : NO_NATS },
    async (t) => {
      const directory = temporaryDirectory(t);
      makeCertificate(directory, 'IP:127.0.0.1,DNS:localhost');
      const ca = join(directory, 'certificate.pem');
      const configuration = documentedConfiguration()
        .replace('server.pem', ca)
        .replace('server.key', join(directory, 'certificate.key'));
      const file = join(directory, 'nats.conf');
      writeFileSync(file, configuration);
      const nats = await startNats(directory, 1, file);
      const [url = ''] = nats.urls;
      const withLogin = url.replace('nats://', 'tls://host:change%20me@');
      try {
        for (const wrong of [url.replace('nats:', 'tls:'), withLogin.replace('change', 'chance')]) {
          const { servers, access } = await natsAccess([wrong], { ca });
          await assert.rejects(connectNats({ servers, access, name: 'peregrine' }), (error) =>
            isPeregrineError(error, 'UNAUTHORISED'),
          );
        }
        const untrusting = await natsAccess([withLogin]);
        await assert.rejects(connectNats({ ...untrusting, name: 'peregrine' }), (error) =>
          isPeregrineError(error, 'UNAVAILABLE'),
        );

        const host = await natsAccess([withLogin], { ca });
        const spine = await connectNats({ ...host, name: 'peregrine' });
        t.after(() => spine.close());
        await createLog(spine, 'peregrine-peregrine-0');
        const stream = spine.stream('peregrine-peregrine-0');
        assert.equal(await stream.publish(new Uint8Array([7]), 1), 2);
        const reading = new AbortController();
        for await (const { place } of stream.read(2, reading.signal)) {
          assert.equal(place, 2);
          break;
        }
        reading.abort();
        await stream.trim(1);
        assert.notEqual(await spine.records.put('shard.0', '{}', 0), undefined);
        const heard = Promise.withResolvers<string>();
        const watching = await spine.records.watch(({ key }) => heard.resolve(key));
        assert.equal(await heard.promise, 'shard.0');
        await watching.close();
        const serving = spine.messenger.serve('peregrine.peregrine.host.a', async (bytes) => bytes);
        const reply = await spine.messenger.ask('peregrine.peregrine.host.a', new Uint8Array([1]), 2_000);
        assert.deepEqual([...reply], [1]);
        await serving.close();

        // Another cluster's subjects are not for this one's hosts.
        const foreign = async (): Promise<void> => {
          const other = await connectNats({ ...host, name: 'other' });
          t.after(() => other.close());
          await createLog(other, 'peregrine-other-0');
        };
        await assert.rejects(
          foreign,
          (error) => error instanceof StreamError || isPeregrineError(error, 'UNAVAILABLE'),
        );
      } finally {
        await nats.close();
      }
    },
  );
});

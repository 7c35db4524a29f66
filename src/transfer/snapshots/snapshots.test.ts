import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';

import { temporaryDirectory } from '../../../testing/temporary-directory.ts';
import { type Engine, openEngine } from '../../collection/index.ts';
import type { ObjectStore } from './object-store.ts';
import { openObjectStore } from './open-object-store.ts';
import { restoreDirectory } from './restore-directory.ts';
import { fetchSnapshot, findSnapshot, listSnapshots } from './snapshot-repository.ts';
import { readPlan, SnapshotSchedule, writePlan } from './snapshot-schedule.ts';
import { restoreCollection, takeSnapshot } from './take-snapshot.ts';

const ID = 'AKIATESTTESTTEST';
const SECRET = 'a/secret+of/forty/characters+or/so';

/** Checks every signature anew by its rule (Signature Version 4), and keeps objects in memory. */
async function signedStore(
  t: TestContext,
): Promise<{ store: ObjectStore; refused: string[]; endpoint: string }> {
  const objects = new Map<string, Buffer>();
  const refused: string[] = [];
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const body = Buffer.concat(pieces);
      const url = new URL(request.url ?? '', 'http://store');
      if (!isSigned(request, url, body)) {
        refused.push(request.url ?? '');
        response.writeHead(403).end('<Error><Code>SignatureDoesNotMatch</Code></Error>');
        return;
      }
      const key = decodeURIComponent(url.pathname).replace(/^\/bucket\/?/, '');
      if (request.method === 'PUT') objects.set(key, body);
      else if (request.method === 'DELETE') objects.delete(key);
      else if (url.searchParams.has('list-type')) {
        // Two keys a page, so that pages follow one another.
        const all = [...objects.keys()]
          .filter((each) => each.startsWith(url.searchParams.get('prefix') ?? ''))
          .sort();
        const from = Number(url.searchParams.get('continuation-token') ?? 0);
        const page = all.slice(from, from + 2).map((each) => `<Contents><Key>${each}</Key></Contents>`);
        const next =
          from + 2 < all.length ? `<NextContinuationToken>${from + 2}</NextContinuationToken>` : '';
        response.end(`<ListBucketResult>${page.join('')}${next}</ListBucketResult>`);
        return;
      } else if (!objects.has(key)) {
        response.writeHead(404).end('<Error><Code>NoSuchKey</Code></Error>');
        return;
      }
      response.end(request.method === 'GET' ? objects.get(key) : undefined);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const env = { AWS_ACCESS_KEY_ID: ID, AWS_SECRET_ACCESS_KEY: SECRET, AWS_ENDPOINT_URL: endpoint };
  return { store: await openObjectStore('s3://bucket/some/where', env), refused, endpoint };
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function sha(text: string | Buffer): string {
  return createHash('sha256').update(text).digest('hex');
}

function isSigned(request: IncomingMessage, url: URL, body: Buffer): boolean {
  const header = (name: string): string => String(request.headers[name] ?? '');
  const [, id, date = '', region = '', names = '', signature] =
    /Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, SignedHeaders=([^,]+), Signature=(\w+)/.exec(
      header('authorization'),
    ) ?? [];
  const claimed = header('x-amz-content-sha256');
  if (claimed !== 'UNSIGNED-PAYLOAD' && claimed !== sha(body)) return false;
  const query = [...url.searchParams]
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .sort()
    .join('&');
  const headers = names.split(';').map((name) => `${name}:${header(name)}\n`);
  const canonical = [request.method, url.pathname, query, headers.join(''), names, claimed].join('\n');
  const scope = `${date}/${region}/s3/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', header('x-amz-date'), scope, sha(canonical)].join('\n');
  const key = hmac(hmac(hmac(hmac(`AWS4${SECRET}`, date), region), 's3'), 'aws4_request');
  return id === ID && hmac(key, text).toString('hex') === signature;
}

async function engineWith(t: TestContext, pages: number): Promise<Engine> {
  const engine = await openEngine({ dataDirectory: join(temporaryDirectory(t), 'data') });
  t.after(() => engine.close());
  await engine.createCollection('main');
  for (let n = 0; n < pages; n++) await inject(engine, n);
  return engine;
}

const inject = async (engine: Engine, n: number): Promise<unknown> =>
  engine.inject('main', {
    url: `https://a.example.org/${n}`,
    content: `<title>Page ${n}</title><p>falcon ${n}`,
  });

for (const kind of ['a folder', 'an S3-compatible store']) {
  test(`a data directory goes to ${kind} and comes back; what is there already is not sent again`, async (t) => {
    const engine = await engineWith(t, 12);
    const store =
      kind === 'a folder' ? await openObjectStore(temporaryDirectory(t), {}) : (await signedStore(t)).store;
    const first = await takeSnapshot(engine, store, { now_ms: 1_000 });
    assert(first.isVerified && first.documents === 12 && first.stored_bytes > 0);
    await inject(engine, 99);
    const second = await takeSnapshot(engine, store, { now_ms: 2_000 });
    assert.equal(second.documents, 13);
    assert(second.stored_bytes < second.size_bytes, 'parts of before are shared');
    const third = await takeSnapshot(engine, store, { now_ms: 3_000, keep: 2 });
    assert.equal(third.pruned, 1);
    const left = await listSnapshots(store);
    assert.deepEqual(
      left.map(({ createdAt_ms }) => createdAt_ms),
      [2_000, 3_000],
    );
    const directory = temporaryDirectory(t);
    await fetchSnapshot(store, await findSnapshot(store, second.id), join(directory, 'files'));
    await restoreDirectory(join(directory, 'files'), join(directory, 'data'));
    const restored = await openEngine({ dataDirectory: join(directory, 'data') });
    t.after(() => restored.close());
    const { matches } = await restored.search('main', { query: 'falcon', perSite: 0, count: 50 });
    assert.equal(matches, 13);
    // Nothing of the work is left beside the store's own files.
    const { dataDirectory } = await engine.status();
    assert(!readdirSync(dataDirectory).some((name) => name.startsWith('snapshot-aside-')));
  });
}

test('one collection is kept and brought back on its own, into whichever collection', async (t) => {
  const engine = await engineWith(t, 5);
  const store = await openObjectStore(temporaryDirectory(t), {});
  const taken = await takeSnapshot(engine, store, { collection: 'main', now_ms: 1_000 });
  assert.equal(taken.documents, 5);
  await engine.createCollection('again');
  assert.equal((await restoreCollection(engine, 'again', store)).imported, 5);
  const { matches } = await engine.search('again', { query: 'falcon', perSite: 0 });
  assert.equal(matches, 5);
});

test('a damaged or missing piece is named, and nothing is restored of it in silence', async (t) => {
  const engine = await engineWith(t, 3);
  const folder = temporaryDirectory(t);
  const store = await openObjectStore(folder, {});
  await takeSnapshot(engine, store, { now_ms: 1_000, isVerified: false });
  const [piece = ''] = readdirSync(join(folder, 'objects'));
  const bytes = readFileSync(join(folder, 'objects', piece));
  bytes[0] = (bytes[0] ?? 0) ^ 1;
  writeFileSync(join(folder, 'objects', piece), bytes);
  const manifest = await findSnapshot(store);
  await assert.rejects(fetchSnapshot(store, manifest, join(temporaryDirectory(t), 'x')), {
    code: 'CORRUPT',
    message: new RegExp(piece),
  });
});

test('a wrong key is refused by the store, and said so', async (t) => {
  const { endpoint, refused } = await signedStore(t);
  const env = { AWS_ACCESS_KEY_ID: ID, AWS_SECRET_ACCESS_KEY: 'wrong', AWS_ENDPOINT_URL: endpoint };
  const store = await openObjectStore('s3://bucket/some/where', env);
  await assert.rejects(store.put('a', new Uint8Array(3)), {
    code: 'FORBIDDEN',
    message: /SignatureDoesNotMatch/,
  });
  assert.equal(refused.length, 1);
  for (const slip of ['s3:/bucket/some', 'https://store.example.org/bucket', 'gs://bucket']) {
    await assert.rejects(openObjectStore(slip, env), { code: 'BAD_ARGUMENT' });
  }
  await assert.rejects(openObjectStore('s3://bucket', {}), { code: 'UNAUTHORISED' });
});

test('a server takes snapshots as its directory’s plan says, and none once it is taken away', async (t) => {
  const engine = await engineWith(t, 2);
  const { dataDirectory } = await engine.status();
  const place = temporaryDirectory(t);
  await writePlan(dataDirectory, { place, every_ms: 3_600_000, keep: 2 });
  assert.equal((await readPlan(dataDirectory))?.keep, 2);
  const told: string[] = [];
  const log = { write: (_level: string, event: string) => void told.push(event) };
  const schedule = new SnapshotSchedule(engine, log);
  while (told.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  await schedule.close();
  assert.deepEqual(told, ['snapshot.taken']);
  // It is not due again.
  const again = new SnapshotSchedule(engine, log);
  await again.close();
  assert.equal((await listSnapshots(await openObjectStore(place, {}))).length, 1);
  await writePlan(dataDirectory, undefined);
  assert.equal(await readPlan(dataDirectory), undefined);
});

test('a store that has no such bucket stores nothing, and that is told of whatever is asked', async (t) => {
  const server = createServer((_, response) => {
    response.writeHead(404).end('no such page');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const env = { AWS_ACCESS_KEY_ID: ID, AWS_SECRET_ACCESS_KEY: SECRET, AWS_ENDPOINT_URL: endpoint };
  const store = await openObjectStore('s3://bucket/some', env);
  const said = /with 404.*AWS_ENDPOINT_URL/;
  await assert.rejects(store.put('a', Uint8Array.of(1)), { message: said });
  await assert.rejects(store.list(''), { message: said });
  assert.equal(await store.get('a'), undefined);
  await store.remove('a');
});

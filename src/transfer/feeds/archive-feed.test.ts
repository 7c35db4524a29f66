import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { crc32, deflateRawSync, gzipSync } from 'node:zlib';

import { sharedData } from '../../../testing/shared-data.ts';
import { temporaryDirectory } from '../../../testing/temporary-directory.ts';
import { archiveFeed } from './archive-feed.ts';
import type { FeedItem } from './feed.ts';

async function itemsOf(path: string): Promise<FeedItem[]> {
  const items: FeedItem[] = [];
  for await (const item of archiveFeed(path)) items.push(item);
  return items;
}

/** `URL size` of each page, `lost bytes: why` of each damage; what is no page is counted. */
function told(items: readonly FeedItem[]): string[] {
  const lines = items.flatMap((item) => {
    if (item.kind === 'document') return [`${item.source.url} ${item.source.bytes.length}`];
    if (item.kind === 'lost') return [`lost ${item.size_bytes}: ${item.why}`];
    return item.kind === 'skipped' ? [] : [item.kind];
  });
  return [...lines, `skipped ${items.filter(({ kind }) => kind === 'skipped').length}`];
}

const EXAMPLE = 'http://example.com/ 1270';
const PACKED_TOGETHER = 'lost 0: its records are packed together, not each by itself';
const CHANGED = 'lost 0: a record is not what it was: its checksum does not match';

/** What is in each file, damage named. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  'bad.arc': [
    'lost 61: a record of length "-1"',
    'lost 73: bytes that belong to no record',
    'lost 67: a record of length "-1"',
    'http://example.com/ 1',
    'lost 68: a record of length "abc"',
    'skipped 0',
  ],
  'example-bad-non-chunked.warc.gz': [EXAMPLE, CHANGED, PACKED_TOGETHER, 'skipped 5'],
  'example-bad.warc.gz.bad': ['http://example.com/?example=1 1270', PACKED_TOGETHER, 'skipped 5'],
  'example-digest.warc': ['lost 0: the checksum of what a record carries does not match', 'skipped 4'],
  'example-iana.org-chunked.warc': ['http://www.iana.org/ 7223', 'skipped 2'],
  'example-resource.warc.gz': ['http://example.com/ 1303', 'skipped 2'],
  'example-space-in-target-uri.warc.gz': ['file:///example%20with%20spaces.png 70', 'skipped 1'],
  'example-space-in-url.arc': [
    'lost 12: a record of 1591 bytes ends after 1579',
    'http://example.com/index.cfm?FuseAction=Email&EmailTitle=Examples%20From%20The%20Live%20Web&IsPopUp=False 1271',
    'skipped 1',
  ],
  'example-trunc.warc': [CHANGED, EXAMPLE, 'lost 6: bytes that belong to no record', 'skipped 3'],
  'example-wget-bad-target-uri.warc.gz': [EXAMPLE, 'skipped 5'],
  'example-wrong-chunks.warc.gz': [CHANGED, EXAMPLE, 'skipped 1'],
  'example.arc': [EXAMPLE, 'skipped 1'],
  'example.arc.gz': [EXAMPLE, 'skipped 1'],
  'example.warc': [EXAMPLE, 'skipped 5'],
  'example.warc.gz': [EXAMPLE, 'skipped 5'],
  'post-test.warc.gz': [
    'http://httpbin.org/post 545',
    'http://httpbin.org/post 552',
    'http://httpbin.org/post?foo=bar 551',
    'skipped 3',
  ],
};

for (const [name, expected] of Object.entries(KNOWN)) {
  test(`reads ${name}: every record that can be read, and names what can’t`, async (t) => {
    const path = sharedData(`tests/warc/${name}`);
    if (path === undefined) return t.skip('the test data are not at hand');
    assert.deepEqual(told(await itemsOf(path)), expected);
  });
}

const record = (n: number, block: string, extra = ''): Buffer =>
  Buffer.from(
    `WARC/1.1\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:${n}>\r\nWARC-Target-URI: http://a.example.org/${n}\r\n` +
      `WARC-Date: 2024-05-06T07:08:09Z\r\nContent-Type: application/http; msgtype=response\r\n${extra}` +
      `Content-Length: ${Buffer.byteLength(block)}\r\n\r\n${block}\r\n\r\n`,
  );
const answer = (body: string, headers = ''): string =>
  `HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n${headers}\r\n${body}`;
const page = (n: number): Buffer => record(n, answer(`<p>page ${n}</p>`));
const line = (n: number): string => `http://a.example.org/${n} ${`<p>page ${n}</p>`.length}`;

test('a damaged gzip member costs its record, not those behind it', async (t) => {
  const members = [1, 2, 3, 4].map((n) => gzipSync(page(n)));
  members[1]!.fill(0x33, 20, 60);
  const path = join(temporaryDirectory(t), 'damaged.warc.gz');
  writeFileSync(path, Buffer.concat(members));
  const lines = told(await itemsOf(path));
  assert.deepEqual(
    lines.filter((each) => each.startsWith('http')),
    [line(1), line(3), line(4)],
  );
  assert(lines.some((each) => /^lost \d+: it can't be unpacked/.test(each)));
});

test('a gzipped file that breaks off gives what was there, and tells where it broke', async (t) => {
  const whole = Buffer.concat([1, 2, 3].map((n) => gzipSync(page(n))));
  const path = join(temporaryDirectory(t), 'cut.warc.gz');
  writeFileSync(path, whole.subarray(0, whole.length - 30));
  const lines = told(await itemsOf(path));
  assert.deepEqual(lines.slice(0, 2), [line(1), line(2)]);
  assert(lines.some((each) => each.startsWith('lost')));
});

test('bytes behind a gzip member that are no member are told, and what follows is read', async (t) => {
  const path = join(temporaryDirectory(t), 'dirty.warc.gz');
  writeFileSync(path, Buffer.concat([gzipSync(page(1)), Buffer.alloc(100, 7), gzipSync(page(2))]));
  assert.deepEqual(told(await itemsOf(path)), [
    line(1),
    'lost 100: bytes follow that are not packed',
    line(2),
    'skipped 0',
  ]);
});

test('a record whose length is wrong gives way to the next', async (t) => {
  const path = join(temporaryDirectory(t), 'wrong.warc');
  const tooLong = Buffer.from(
    page(1)
      .toString()
      .replace(/Content-Length: \d+/, 'Content-Length: 99999'),
  );
  const none = Buffer.from(
    page(3)
      .toString()
      .replace(/Content-Length: \d+/, 'Content-Length: many'),
  );
  writeFileSync(path, Buffer.concat([tooLong, page(2), none, page(4)]));
  const lines = told(await itemsOf(path));
  assert.deepEqual(
    lines.filter((each) => each.startsWith('http')),
    [line(1), line(2), line(4)],
  );
  assert(lines.some((each) => /record of 99999 bytes/.test(each)));
  assert(lines.some((each) => /length "many"/.test(each)));
});

test('chunks and packing of an answer are undone, and only where they are there', async (t) => {
  const path = join(temporaryDirectory(t), 'packed.warc');
  const body = '<p>a page</p>';
  const chunked = answer(
    `5\r\n${body.slice(0, 5)}\r\n8\r\n${body.slice(5)}\r\n0\r\n\r\n`,
    'Transfer-Encoding: chunked\r\n',
  );
  const unchunked = answer(body, 'Transfer-Encoding: chunked\r\n');
  const head = answer('', 'Content-Encoding: gzip\r\n');
  const packed = Buffer.concat([Buffer.from(head), gzipSync(body)]);
  const http2 = answer(body).replace('HTTP/1.1', 'HTTP/2');
  const gzipped = record(3, 'x'.repeat(packed.length))
    .toString('latin1')
    .replace('x'.repeat(packed.length), packed.toString('latin1'));
  writeFileSync(
    path,
    Buffer.concat([
      record(1, chunked),
      record(2, unchunked),
      Buffer.from(gzipped, 'latin1'),
      record(4, http2),
    ]),
  );
  const items = await itemsOf(path);
  const bodies = items.map((item) =>
    item.kind === 'document' ? Buffer.from(item.source.bytes).toString() : item.kind,
  );
  assert.deepEqual(bodies, [body, body, body, body]);
});

test('a WACZ is read by its directory, stored or deflated', async (t) => {
  const directory = temporaryDirectory(t);
  const archive = gzipSync(page(7));
  const path = join(directory, 'pages.wacz');
  writeFileSync(
    path,
    zipOf([
      ['archive/data.warc.gz', archive],
      ['pages/pages.jsonl', Buffer.from('{}')],
    ]),
  );
  assert.deepEqual(told(await itemsOf(path)), [line(7), 'skipped 0']);
  for (const packed of [archive, Buffer.concat([archive, gzipSync(page(8))]), page(7)]) {
    const isTwo = packed.length > archive.length && packed[0] === archive[0];
    writeFileSync(path, zipOf([['archive/data.warc.gz', packed]], { isDeflated: true }));
    const pages = isTwo ? [line(7), line(8)] : [line(7)];
    assert.deepEqual(told(await itemsOf(path)), [...pages, 'skipped 0']);
  }
  const cut = zipOf([['archive/data.warc.gz', archive.subarray(0, -40)]], { isDeflated: true });
  writeFileSync(path, cut);
  assert.match(told(await itemsOf(path)).join(), /unpacked/);
  writeFileSync(path, zipOf([['pages/pages.jsonl', Buffer.from('{}')]]));
  await assert.rejects(itemsOf(path), { code: 'NOT_FOUND' });
  writeFileSync(path, zipOf([['archive/data.warc.gz', archive]]).subarray(0, -30));
  await assert.rejects(itemsOf(path), { code: 'CORRUPT' });
});

test('a folder gives the archives in it', async (t) => {
  const directory = temporaryDirectory(t);
  writeFileSync(join(directory, 'b.warc'), page(2));
  writeFileSync(join(directory, 'a.warc.gz'), gzipSync(page(1)));
  copyFileSync(join(directory, 'b.warc'), join(directory, 'b.txt'));
  assert.deepEqual(told(await itemsOf(directory)), [line(1), line(2), 'skipped 0']);
  await assert.rejects(itemsOf(join(directory, 'absent')), { code: 'NOT_FOUND' });
});

/** A zip archive. */
function zipOf(
  entries: readonly (readonly [string, Buffer])[],
  { isDeflated = false }: { readonly isDeflated?: boolean } = {},
): Buffer {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [name, plain] of entries) {
    const bytes = isDeflated ? deflateRawSync(plain) : plain;
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x0403_4b50, 0);
    local.writeUInt32LE(crc32(bytes), 14);
    local.writeUInt32LE(bytes.length, 18);
    local.writeUInt32LE(bytes.length, 22);
    local.writeUInt16LE(name.length, 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x0201_4b50, 0);
    entry.writeUInt16LE(isDeflated ? 8 : 0, 10);
    entry.writeUInt32LE(bytes.length, 20);
    entry.writeUInt32LE(plain.length, 24);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE(at, 42);
    files.push(local, Buffer.from(name), bytes);
    directory.push(entry, Buffer.from(name));
    at += 30 + name.length + bytes.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x0605_4b50, 0);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...files, central, end]);
}

test('a page that is not what its checksum says is kept, and told', async (t) => {
  const block = answer('<p>a falcon</p>');
  const sum = createHash('sha256').update(block).digest();
  const spellings = [
    `sha256:${sum.toString('hex')}`,
    `SHA-256:${sum.toString('base64')}`,
    'blake3:of-a-kind-that-is-not-known',
    'sha256:tooshort',
  ];
  const path = join(temporaryDirectory(t), 'sums.warc');
  const records = spellings.map((said, n) => record(n, block, `WARC-Block-Digest: ${said}\r\n`));
  writeFileSync(path, Buffer.concat(records));
  assert.deepEqual(
    told(await itemsOf(path)).filter((each) => each.startsWith('lost')),
    [],
  );
  records[1]?.write('F', records[1].indexOf('falcon'));
  writeFileSync(path, Buffer.concat(records));
  const lines = told(await itemsOf(path));
  assert.deepEqual(
    lines.filter((each) => each.startsWith('lost')),
    [CHANGED],
  );
  assert.equal(lines.filter((each) => each.startsWith('http')).length, 4);
});

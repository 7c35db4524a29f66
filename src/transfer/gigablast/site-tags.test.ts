import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import {
  savedTree,
  tagRecord,
  titleBytes,
  titleRecord,
  writeTitleFile,
} from '../../../testing/gigablast-files.ts';
import { sharedData } from '../../../testing/shared-data.ts';
import { temporaryDirectory } from '../../../testing/temporary-directory.ts';
import { oldHash64 } from './old-hash.ts';
import { readSiteTags, readTags } from './site-tags.ts';
import { findTitleFiles, type TitleDirectory } from './title-files.ts';

// As they stand in files of a Gigablast.
const BOOST = 0x1fa18d4bea0ffebfn;
const DJANGO = 0x32e752892dd9ef8an;

test('sites and tags are hashed as the old program hashed them', () => {
  assert.equal(oldHash64('\0'), 6_720_717_044_602_784_129n);
  assert.equal(oldHash64('www.boost.org'), BOOST);
  assert.equal(oldHash64('docs.djangoproject.com'), DJANGO);
});

test('tags of a real Gigablast are read with their names, and give each page the address of its site', async (t) => {
  const sample = sharedData('gigablast-sample');
  if (sample === undefined) return t.skip('no test data');
  const known = JSON.parse(readFileSync(join(sample, 'docs.json'), 'utf8')) as {
    documents: { url: string; ip: string; siteNumInlinks: number }[];
  };
  const tags = new Map<string, string>();
  const folders = await findTitleFiles(sample);
  const losses = await readTags(folders, ({ siteHash, name, value }) => {
    tags.set(`${siteHash} ${name}`, value);
  });
  assert.deepEqual(losses, []);
  for (const { url, ip, siteNumInlinks } of known.documents) {
    const { hostname } = new URL(url);
    // Bare domains were called by their "www".
    const of = (name: string): string | undefined =>
      tags.get(`${oldHash64(hostname)} ${name}`) ?? tags.get(`${oldHash64(`www.${hostname}`)} ${name}`);
    assert.equal(of('firstip'), ip, url);
    assert.equal(of('sitenuminlinks'), String(siteNumInlinks), url);
  }
  // The old program set all of them itself.
  assert.equal((await readSiteTags(folders)).size, 0);
});

const BAN = { siteHash: BOOST, tag: 0xa6fdab2c, user: 'admin', value: '1' };
const COMMENT = { siteHash: BOOST, tag: 0x00e2984f, user: 'admin', value: 'much' };

function foldersWith(
  files: Readonly<Record<string, readonly Uint8Array[]>>,
  path: string,
): Promise<readonly TitleDirectory[]> {
  const folder = join(path, 'coll.main.0');
  mkdirSync(folder);
  writeTitleFile(folder, titleBytes([titleRecord({ url: 'http://www.boost.org/', content: 'one' })]));
  for (const [name, records] of Object.entries(files))
    writeFileSync(join(folder, name), Buffer.concat(records));
  return findTitleFiles(folder);
}

test('what people said of a site holds for its pages, the newest word of each tag', async (t) => {
  const path = temporaryDirectory(t);
  const folders = await foldersWith(
    {
      'tagdb0001.dat': [
        tagRecord({ ...BAN, value: '0' }),
        tagRecord(COMMENT),
        tagRecord({ ...COMMENT, siteHash: DJANGO, user: 'xmldoc' }),
        tagRecord({ ...COMMENT, tag: 0x1234_5678 }),
      ],
      'tagdb0003.dat': [tagRecord(BAN), tagRecord({ ...COMMENT, isTombstone: true })],
    },
    path,
  );
  const tags = await readSiteTags(folders);
  assert.deepEqual(Object.fromEntries(tags.tagsOf('http://www.boost.org/doc/html/x.html')), {
    manualban: '1',
    'tag-12345678': 'much',
  });
  assert.equal(tags.isBanned('https://www.boost.org/'), true);
  assert.equal(tags.isBanned('https://boost.org/'), true, 'its bare name is the same site');
  assert.equal(tags.isBanned('https://other.boost.org/'), false);
  assert.equal(tags.isBanned('https://docs.djangoproject.com/'), false);
  assert.equal(tags.isBanned('no address'), false);
  assert.deepEqual([tags.size, tags.banned], [1, 1]);
});

test('a ban behind damage counts', async (t) => {
  const many = Array.from({ length: 6 }, (_, n) => tagRecord({ ...COMMENT, siteHash: BigInt(n + 1) }));
  const bytes = Buffer.concat([...many, tagRecord(BAN)]);
  bytes.fill(0xee, 60, 130);
  const tags = await readSiteTags(await foldersWith({ 'tagdb0001.dat': [bytes] }, temporaryDirectory(t)));
  assert.equal(tags.isBanned('http://www.boost.org/'), true);
  assert.equal(tags.losses.length, 1);
});

test('a ban that memory held, and one of a folder, count too; damage is told', async (t) => {
  const path = temporaryDirectory(t);
  const folder = { ...BAN, siteHash: oldHash64('people.example.org/~ann/') };
  const nodes = [BAN, folder].map((tag) => ({ collnum: 0, record: tagRecord(tag) }));
  writeFileSync(join(path, 'tagdb-saved.dat'), savedTree(nodes, 16));
  const tags = await readSiteTags(await foldersWith({ 'tagdb0001.dat': [Buffer.alloc(40, 0xff)] }, path));
  assert.equal(tags.isBanned('http://www.boost.org/'), true);
  assert.equal(tags.isBanned('http://people.example.org/~ann/cv.html'), true);
  assert.equal(tags.isBanned('http://people.example.org/~bob/cv.html'), false);
  assert.deepEqual(
    tags.losses.map(({ file, size_bytes }) => [file, size_bytes]),
    [['tagdb0001.dat', 40]],
  );
});

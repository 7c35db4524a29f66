import assert from 'node:assert/strict';
import { test } from 'node:test';

import { type TitleDocument, titleRecord } from '../../../testing/gigablast-files.ts';
import { documentSourceOf } from './document-source.ts';
import { decodeGigablastRecord } from './title-record.ts';

const numbers = (...values: readonly number[]): Uint8Array => new Uint8Array(new Uint32Array(values).buffer);
const texts = (...lines: readonly string[]): Uint8Array =>
  Buffer.from(lines.map((line) => `${line}\0`).join(''));

function metaOf(document: Partial<TitleDocument>): Record<string, string> {
  const record = titleRecord({ url: 'http://site.example.org/', content: '<p>falcon', ...document }).bytes;
  return { ...documentSourceOf(decodeGigablastRecord(record), record, 'old').source.meta };
}

function fetchedAt(spidered_s: number, firstIndexed_s: number): number {
  const record = titleRecord({ url: 'http://site.example.org/', content: 'x', spidered_s, firstIndexed_s });
  const document = decodeGigablastRecord(record.bytes);
  return documentSourceOf(document, record.bytes, 'old').source.fetchedAt_ms;
}

function bytesOf(content: string): string {
  const { bytes } = titleRecord({ url: 'http://site.example.org/', content });
  return Buffer.from(documentSourceOf(decodeGigablastRecord(bytes), bytes, 'old').source.bytes).toString();
}

test('what a record knows beside its page comes along: flags, country, links, redirect, what was given with it', () => {
  const meta = metaOf({
    flags: 0b1000_0001_0101,
    country: 56,
    rootLanguage: 10,
    linkTexts: ['falcon', 'a bird'],
    redirectUrl: 'http://site.example.org/home',
    metadata: '{"shelf":7}',
    contentType: 4,
    version: 120,
  });
  assert.equal(meta['gigablast.flags'], 'rss\nadult\nsite-root');
  assert.equal(meta['gigablast.type'], 'pdf');
  assert.equal(meta['gigablast.country'], '56');
  assert.equal(meta['gigablast.rootLanguage'], 'de');
  assert.equal(meta['gigablast.inlinks'], '2');
  assert.equal(meta['gigablast.inlinkAddresses'], '2');
  assert.equal(meta['gigablast.linkTexts'], 'falcon\na bird');
  assert.equal(meta['gigablast.redirectUrl'], 'http://site.example.org/home');
  assert.equal(meta['gigablast.metadata'], '{"shelf":7}');
});

test('what the directory of the web said of a page comes along', () => {
  const meta = metaOf({
    moreFields: {
      9: numbers(4_000_000_001, 12),
      10: numbers(7),
      11: texts('Birds of prey', 'Falcons'),
      12: texts('About\n falcons.'),
      13: texts('falcon page'),
    },
  });
  assert.equal(meta['gigablast.dmozIds'], '4000000001\n12');
  assert.equal(meta['gigablast.dmozIndirectIds'], '7');
  assert.equal(meta['gigablast.dmozTitles'], 'Birds of prey\nFalcons');
  assert.equal(meta['gigablast.dmozSummaries'], 'About falcons.');
  assert.equal(meta['gigablast.dmozAnchors'], 'falcon page');
});

test('a date that is not known is taken from the next that is', () => {
  assert.equal(fetchedAt(1_500_000_000, 5), 1_500_000_000_000);
  assert.equal(fetchedAt(0, 1_300_000_000), 1_300_000_000_000);
  assert.equal(fetchedAt(0xffff_ffff, 1_300_000_000), 1_300_000_000_000);
  assert.equal(fetchedAt(0xffff_ffff, 0), 0);
});

test('counts of links of a version that had none are not believed, and fields of the old program’s working are left', () => {
  const working = Object.fromEntries(
    [2, 3, 4, 5, 6, 7, 8, 18, 19, 20, 21].map((field) => [field, texts('x')]),
  );
  const meta = metaOf({ linkTexts: ['falcon'], version: 118, moreFields: working });
  assert.equal(meta['gigablast.inlinks'], undefined);
  assert.deepEqual(
    Object.keys(meta).filter((name) => !/^(?:import|gigablast)\./.test(name)),
    [],
  );
});

test('a page of frames keeps what the frames held where text may stand, other pages every byte', () => {
  const frames = '<frameset cols="1,2"><FRAME src="a"><gbframe><p>Grüße</gbframe></frameset>';
  assert.equal(
    bytesOf(frames),
    '<gbframeset cols="1,2"><gbFRAME src="a"><gbframe><p>Grüße</gbframe></gbframeset>',
  );
  for (const content of [
    '<frameset><frame src="a"></frameset>',
    '<iframe src="a"><gbframe>x</gbframe></iframe>',
  ])
    assert.equal(bytesOf(content), content);
});

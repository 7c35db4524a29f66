/** The files of a real Gigablast, through the whole program: every document as it was, found by its title. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { openEngine } from '../src/collection/index.ts';
import { importsOf } from '../src/transfer/index.ts';
import { sharedData } from '../testing/shared-data.ts';
import { temporaryDirectory } from '../testing/temporary-directory.ts';

interface KnownDocument {
  readonly url: string;
  readonly docId: number;
  readonly contentHash32: number;
  readonly contentLen: number;
  readonly langAbbr: string;
  readonly langId: number;
  readonly title: string;
  readonly siteNumInlinks: number;
  readonly spidered: number;
  readonly ip: string;
  readonly hopCount: number;
  readonly titleRecVersion: number;
}

const QUERIES = 20;

for (const shards of [1, 3]) {
  test(`IL19 every document of a real Gigablast comes to the shard that owns it, of ${shards}`, async (t) => {
    const sample = sharedData('gigablast-sample');
    if (sample === undefined) return t.skip('the test data are not at hand');
    const known = (
      JSON.parse(readFileSync(join(sample, 'docs.json'), 'utf8')) as { documents: KnownDocument[] }
    ).documents;
    const engine = await openEngine({ dataDirectory: join(temporaryDirectory(t), 'data'), shards });
    t.after(() => engine.close());
    await engine.createCollection('old');
    const imports = importsOf(engine);
    const report = await imports.wait(imports.start('old', { directory: join(sample, 'coll.sample.1') }));
    assert.deepEqual(report.failures, []);
    assert.deepEqual(
      [report.state, report.read, report.imported, report.failed, report.lost_bytes],
      ['done', known.length, known.length, 0, 0],
    );
    for (const each of known) {
      const found = await engine.get('old', { url: each.url });
      assert(found !== undefined, each.url);
      const { document } = found;
      assert.equal(document.url, each.url);
      // Its length counts the zero that closes it.
      assert.equal(document.raw.length, each.contentLen - 1, each.url);
      assert.equal(document.fetchedAt_ms, each.spidered * 1000);
      assert.equal(document.ip, each.ip);
      assert.equal(document.depth, each.hopCount);
      const { meta } = document;
      assert.equal(meta['gigablast.docId'], String(each.docId));
      assert.equal(meta['gigablast.language'], each.langAbbr);
      assert.equal(meta['gigablast.languageId'], String(each.langId));
      assert.equal(meta['gigablast.contentHash32'], String(each.contentHash32));
      assert.equal(meta['gigablast.siteNumInlinks'], String(each.siteNumInlinks));
      assert.equal(meta['gigablast.titleRecVersion'], String(each.titleRecVersion));
      assert.equal(meta['gigablast.spidered'], new Date(each.spidered * 1000).toISOString());
      assert.match(meta['gigablast.firstIndexed'] ?? '', /^20\d\d-/);
    }
    assert.equal((await engine.status()).documents, known.length);
    assert.equal(engine.crawlProgress('old').state, 'idle', 'nothing is fetched');
    const missed: string[] = [];
    // Titles that tell a page from the others: no two the same, and none with letters that were broken before it was kept.
    const titles = known.filter(
      ({ title }) =>
        /^[\p{Script=Latin}\p{N}\p{P}\p{S}\s]{12,}$/u.test(title) &&
        known.filter((other) => other.title === title).length === 1,
    );
    const step = Math.floor(titles.length / QUERIES);
    for (let n = 0; n < QUERIES; n++) {
      const { title, url } = titles[n * step]!;
      const { results } = await engine.search('old', { query: title.replace(/["():*-]/g, ' '), count: 3 });
      if (!results.some((result) => result.url === url)) missed.push(`${title}: ${url}`);
    }
    assert.deepEqual(missed, []);
  });
}

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { sharedData } from '../../testing/shared-data.ts';
import { isSitemapName, MAX_SITEMAP_URLS, readSitemap, type Sitemap } from './sitemap.ts';

const read = (text: string): Promise<Sitemap> => readSitemap(Buffer.from(text));

describe('A sitemap', () => {
  it('names pages; pictures and other languages are none', async () => {
    const { urls, sitemaps } = await read(
      `<?xml version="1.0"?><urlset xmlns:image="i"><url><loc> http://x/?a=1&amp;b=2 </loc><image:image><image:loc>http://x/p.png</image:loc></image:image></url>
       <sm:url><sm:loc><![CDATA[http://x/c?d&e]]></sm:loc></sm:url></urlset>`,
    );
    assert.deepEqual(urls, ['http://x/?a=1&b=2', 'http://x/c?d&e']);
    assert.deepEqual(sitemaps, []);
  });

  it('may name further sitemaps, be a list of lines, or a feed', async () => {
    assert.deepEqual(
      (await read('<sitemapindex><sitemap><loc>http://x/1</loc></sitemap></sitemapindex>')).sitemaps,
      ['http://x/1'],
    );
    assert.deepEqual((await read('\uFEFFhttp://x/1\r\nnonsense\nhttps://x/2')).urls, [
      'http://x/1',
      'https://x/2',
    ]);
    assert.deepEqual(
      (await read('<rss><channel><link>http://x/</link><item><link>http://x/1</link></item></channel></rss>'))
        .urls,
      ['http://x/1'],
    );
    assert.deepEqual(
      (
        await read(
          '<feed><link href="http://x/"/><entry><link rel="alternate" href="http://x/1"/><link rel="edit" href="http://x/2"/></entry></feed>',
        )
      ).urls,
      ['http://x/1'],
    );
  });

  it('may be an llms.txt, whose entries are links', async () => {
    const text =
      '# Site\n\n> About it.\n\n## Docs\n\n- [One](https://x/1): the first\n* [Two](/2.md)\n- no link\nSee [three](/3).\n';
    assert.deepEqual((await read(text)).urls, ['https://x/1', '/2.md']);
    assert.equal(isSitemapName('https://x/llms.txt'), true);
    assert.equal(isSitemapName('https://x/llms-full.txt'), false);
  });

  it("is unzipped, and cut at its protocol's limit", async () => {
    assert.deepEqual((await readSitemap(gzipSync('http://x/1'))).urls, ['http://x/1']);
    await assert.rejects(readSitemap(gzipSync('http://x/1').subarray(0, 15)), { code: 'PARSE_FAILED' });
    await assert.rejects(readSitemap(gzipSync(Buffer.alloc(60_000_000))), { code: 'PARSE_FAILED' });
    const long = await read('http://x/1\n'.repeat(MAX_SITEMAP_URLS + 5));
    assert.deepEqual([long.urls.length, long.truncated], [MAX_SITEMAP_URLS, true]);
  });

  it('may be anything else without harm', async () => {
    for (const text of ['', '<', '<html><body>not found</body></html>', '\u0000'.repeat(100)]) {
      assert.deepEqual((await read(text)).urls, [], JSON.stringify(text));
    }
  });

  it('is read where others have one', async (test) => {
    const directory = sharedData('tests/sitemaps');
    if (directory === undefined) return test.skip('the test data are not at hand');
    const files = readdirSync(directory, { recursive: true, encoding: 'utf8' }).map((name) =>
      join(directory, name),
    );
    for (const file of files.filter((name) => statSync(name).isFile())) {
      const { urls, sitemaps } = await readSitemap(readFileSync(file));
      assert.ok(urls.length + sitemaps.length > 0, file);
      for (const url of urls) assert.match(url, /^https?:\/\//, file);
    }
  });
});

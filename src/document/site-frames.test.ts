import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { buildDocument, extractDocument } from './build.ts';
import type { DocumentSource } from './document.ts';
import { SiteFrames } from './site-frames.ts';

const HOST = 'shop.example';
const TOPICS = ['kettles', 'lanterns', 'saddles', 'compasses', 'anvils', 'bellows', 'sextants', 'looms'];
const NOTICE = 'Orders placed before noon leave the same day, on weekdays.';
const FOOT = 'We have sold tools to travellers since 1974, from a barn by the river.';

/** A page whose frame nothing gives away but that others have it too. */
function page(n: number, text = textAbout(n), path = `page/${n}`): DocumentSource {
  const html = `<title>${TOPICS[n]}</title><div>${NOTICE}</div><div><h1>${TOPICS[n]}</h1>${text}</div><div>${FOOT}</div>`;
  const url = `https://${HOST}/${path}`;
  const headers = { 'content-type': 'text/html' };
  return { url, bytes: Buffer.from(html), headers, status: 200, fetchedAt_ms: 0, depth: 0 };
}

function textAbout(n: number): string {
  const topic = TOPICS[n] ?? '';
  return `<p>All about ${topic}: how old ${topic} were made, and why number ${n} of ours is better.</p><p>Nobody keeps more ${topic} than our neighbour, who has ${n + 2} rooms full.</p>`;
}

/** Blocks of the page of this number alone. */
function singles(n: number): number[] {
  return Array.from({ length: 30 }, (_, i) => 1000 * (n + 1) + i);
}

async function menusOf(source: DocumentSource, frame: Uint32Array | undefined): Promise<string[]> {
  const { document } = await extractDocument(source, { frame });
  return document.sections.filter(({ kind }) => kind === 'menu').flatMap(({ text }) => text.split('\n'));
}

async function learned(sources: readonly DocumentSource[]): Promise<SiteFrames> {
  const frames = new SiteFrames();
  for (const source of sources) frames.learn(HOST, await buildDocument(source));
  return frames;
}

describe('the frame of a site', () => {
  test('is learned from what its pages repeat', async () => {
    const few = await learned([0, 1, 2].map((n) => page(n)));
    assert.equal(few.frameOf(HOST), undefined);
    const frames = await learned([0, 1, 2, 3, 4].map((n) => page(n)));
    assert.deepEqual(await menusOf(page(5), frames.frameOf(HOST)), [NOTICE, FOOT]);
    assert.deepEqual(await menusOf(page(5), undefined), []);
    assert.equal(frames.frameOf('other.example'), undefined);
  });

  test('is not learned from one page under many addresses, nor from one that is fetched again', async () => {
    const copies = await learned(TOPICS.map((_, n) => page(0, undefined, `copy/${n}`)));
    assert.equal(copies.frameOf(HOST), undefined);
    const again = await learned(TOPICS.map((_, n) => page(0, textAbout(n))));
    assert.equal(again.frameOf(HOST), undefined);
  });

  test('never takes the whole text of a page', async () => {
    const frames = await learned([0, 1, 2, 3, 4].map((n) => page(n)));
    assert.deepEqual(await menusOf(page(5, '<p>Soon.</p>'), frames.frameOf(HOST)), []);
  });

  test('is forgotten in bounds: sites and blocks that came long ago', async () => {
    const frames = new SiteFrames();
    const builtPages = await Promise.all([0, 1, 2, 3, 4].map((n) => buildDocument(page(n))));
    for (const built of builtPages) frames.learn(HOST, built);
    // Other blocks by the thousand push out those of single pages, not the frame.
    const [first] = builtPages;
    const frame = frames.frameOf(HOST) ?? new Uint32Array(0);
    for (let n = 0; n < 40; n++) {
      const edges = Uint32Array.from([...frame, ...singles(n)]);
      const fingerprint = (BigInt(n + 1) * 0x9e37_79b9_7f4a_7c15n).toString(16).padStart(16, '0').slice(-16);
      frames.learn(HOST, { url: `https://${HOST}/${n}`, fingerprint, edges });
    }
    assert.deepEqual(new Set(frames.frameOf(HOST)), new Set(frame));
    for (let n = 0; n < 1100; n++) frames.learn(`${n}.example`, first!);
    assert.equal(frames.frameOf(HOST), undefined);
  });

  test('forgets what stood on one page alone, and a frame that the site has no more', () => {
    const [frame, rare, later] = [1, 2, 3] as const;
    const frames = new SiteFrames();
    let pages = 0;
    const learn = (edges: readonly number[]): void => {
      pages += 1;
      const fingerprint = (BigInt(pages) * 0x9e37_79b9_7f4a_7c15n).toString(16).padStart(16, '0').slice(-16);
      frames.learn(HOST, { url: `https://${HOST}/${pages}`, fingerprint, edges: Uint32Array.from(edges) });
    };
    // With the first page it would stand on 21 of 41.
    learn([frame, rare]);
    for (let n = 0; n < 20; n++) learn([frame, ...singles(n)]);
    for (let n = 0; n < 20; n++) learn([frame, rare]);
    assert.deepEqual([...(frames.frameOf(HOST) ?? [])], [frame]);
    for (let n = pages; n < 256; n++) learn([frame]);
    for (let n = 0; n < 200; n++) learn([later]);
    assert.deepEqual([...(frames.frameOf(HOST) ?? [])], [later]);
  });
});

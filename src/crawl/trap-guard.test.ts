import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hashString64, ManualClock } from '../base/index.ts';
import { type Kind, MAX_CALENDAR_PAGES, PATIENCE, type PageNews, TrapGuard } from './trap-guard.ts';
import { decodeTraps, encodeTraps } from './trap-records.ts';
import { isDateLike, templateOf } from './url-template.ts';

const at = (path: string): string => `http://x.example${path}`;
const news = (text: string): PageNews => {
  const hash = hashString64(text).toString(16).padStart(16, '0');
  return { contentHash: hash, fingerprint: hash };
};
const guard = (): TrapGuard => new TrapGuard(new ManualClock(Date.UTC(2026, 0, 1)));

describe('The trap guard', () => {
  it('refuses shapes that no site needs', () => {
    const traps = guard();
    for (const path of [
      '/a/b/a/b/a/b',
      '/x/x/x',
      `/${'s/t'.repeat(9)}`,
      '/cal/2077/01/',
      '/?date=2999-01-01',
      '/cal?year=2500&month=1',
      `/?${Array.from({ length: 17 }, (_, n) => `p${n}=1`).join('&')}`,
    ]) {
      assert.ok(traps.refuseShape(at(path)) !== undefined, path);
    }
    for (const path of [
      '/',
      '/a/b/a/b',
      '/2011/11/11/11',
      '/2026/01/post',
      '/cal/2030/01/',
      '/en/docs/en/guide/',
      '/year/1912/04/15',
      '/model/2077/spec',
    ]) {
      assert.equal(traps.refuseShape(at(path)), undefined, path);
    }
  });

  it('lets a large site be large as long as it has news', () => {
    const traps = guard();
    for (let n = 0; n < 1_000; n++) {
      for (const url of [at(`/item/${n}`), at(`/show.php?option=a&view=b&id=${n}`)]) {
        assert.equal(traps.refuseNow(url), undefined, url);
        traps.learn(url, news(url));
      }
    }
  });

  it('leaves a kind of page alone that said the same too often in a row', () => {
    const traps = guard();
    for (let n = 0; n < PATIENCE; n++) {
      assert.equal(traps.refuseNow(at(`/s/${n}`)), undefined);
      traps.learn(at(`/s/${n}`), news('nothing here'));
    }
    // The first of them was news.
    assert.equal(traps.refuseNow(at('/s/1000')), undefined);
    traps.learn(at('/s/1000'), news('nothing here'));
    assert.match(traps.refuseNow(at('/s/1001')) ?? '', /brought nothing new/);
    assert.equal(traps.refuseNow(at('/s/about')), undefined);
  });

  it('turns over so many pages of a calendar and no more', () => {
    const traps = guard();
    let fetched = 0;
    for (; traps.refuseNow(at(`/events?month=${fetched}`)) === undefined; fetched++) {
      traps.learn(at(`/events?month=${fetched}`), news(`month ${fetched}`));
    }
    assert.equal(fetched, MAX_CALENDAR_PAGES);
  });

  it('sees through filters that are combined ever anew', () => {
    const traps = guard();
    const names = ['color', 'size', 'brand', 'sort', 'price', 'view'];
    let fetched = 0;
    for (let n = 0; n < 3_000; n++) {
      const chosen = names.filter((_, bit) => ((n >> bit) & 1) === 1).map((name) => `${name}=${n}`);
      const url = at(`/shop?${chosen.join('&') || 'all=1'}`);
      if (traps.refuseNow(url) !== undefined) break;
      traps.learn(url, news(url));
      fetched += 1;
    }
    assert.equal(fetched, 200);
  });
});

describe('The form of a URL', () => {
  it('leaves out what numbers its pages', () => {
    assert.equal(templateOf(at('/a/12/b3?z=1&y=2&z=3')), '/a/#/b#?y&z');
  });

  it('shows dates', () => {
    for (const path of [
      '/2024/05/',
      '/2024/5',
      '/blog/2024/05/12',
      '/cal/2024-05-12',
      '/?month=3',
      '/x?d=2024-05',
    ]) {
      assert.equal(isDateLike(at(path)), true, path);
    }
    for (const path of ['/2024/05/12/title', '/2024', '/v/1/2', '/?m=march', '/items/20240']) {
      assert.equal(isDateLike(at(path)), false, path);
    }
  });
});

describe('What the guard has learned of a host', () => {
  it('stands as bytes as docs/formats/crawl-records.md says, and a newer form is learned anew', () => {
    const kind: Kind = {
      fetched: 40,
      veryDeep: 1,
      sameInRow: 39,
      nearInRow: 300,
      hashes: new Set(['aa']),
      prints: [0xff00ff00ff00ff00n],
      nameSets: new Set(['page']),
    };
    const record = { round: 3, kinds: new Map([['t x.example/list?page', kind]]) };
    const bytes =
      '010301157420782e6578616d706c652f6c6973743f70616765280127ac02010261610100ff00ff00ff00ff010470616765';
    assert.equal(Buffer.from(encodeTraps(record)).toString('hex'), bytes);
    assert.deepEqual(decodeTraps(Buffer.from(bytes, 'hex')), record);
    assert.equal(decodeTraps(Uint8Array.of(2, 0)), undefined);
  });

  it('is taken once in sixteen suspicious pages, and goes on where it was in another guard', () => {
    const before = guard();
    const same = { contentHash: 'aa', fingerprint: 'ff00ff00ff00ff00' };
    let taken: ReadonlyMap<string, Kind> | undefined;
    for (let n = 0; n < PATIENCE - 4; n++) {
      before.learn(`http://x.example/list?page=${n}`, same);
      before.learn(`http://y.example/p${n}/`, { contentHash: `y${n}`, fingerprint: hexOf(n) });
      taken = before.takeUnsaved('x.example') ?? taken;
    }
    assert.equal(before.takeUnsaved('y.example'), undefined, 'nothing is suspicious there');
    assert.ok(taken !== undefined);
    const record = decodeTraps(encodeTraps({ round: 3, kinds: taken }));
    assert.equal(record?.round, 3);
    const after = guard();
    after.recall(record?.kinds ?? new Map());
    const url = 'http://x.example/list?page=1000';
    assert.equal(after.refuseNow(url), undefined);
    for (let n = 0; n < 32 && after.refuseNow(url) === undefined; n++)
      after.learn(`http://x.example/list?page=${2_000 + n}`, same);
    assert.match(after.refuseNow(url) ?? '', /brought nothing new/);
  });
});

/** Texts that are not nearly the same. */
const hexOf = (n: number): string =>
  ((BigInt(n + 1) * 0x9e3779b97f4a7c15n) & (2n ** 64n - 1n)).toString(16).padStart(16, '0');

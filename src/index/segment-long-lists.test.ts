import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inflateRawSync } from 'node:zlib';
import { documentOf, segmentOf, WEIGHTS, wordHash } from '../../testing/index-fixtures.ts';
import { toCollectionId, toDocId } from '../base/index.ts';
import { IndexMemory } from './index-memory.ts';
import { LiveBits } from './live-bits.ts';
import { decodeHead, PAGE_BYTES, sealPage, SEGMENT_VERSION } from './segment-format.ts';
import { mergeNow } from './segment-merger.ts';
import { PinnedView, SegmentSet } from './segment-set.ts';
import { Segment } from './segment.ts';
import { verifySegment } from './verify-segment.ts';
import { NO_HASHED_WORDS } from './words/hashed-words.ts';

const COLLECTION = toCollectionId(1);
const DOCUMENTS = 300;
const COLUMNS = { siteHash: 1, language: 1, date_min: 0, rank: 128, depth: 1, contentHash: 1 };

/** Word 1 stands in all documents, word 2 in half: title of a token, then a body of other lengths and frequencies. */
function longListDocument(number: number): ReturnType<typeof documentOf> {
  const frequency = 1 + ((number * 7) % 11);
  const places = new Map([[1, Array.from({ length: frequency }, (_, i) => i * 2)]]);
  if (number % 2 === 0) places.set(2, [1]);
  return documentOf(places, {
    zoneStarts: Uint32Array.of(0, 1),
    zoneGroups: Uint8Array.of(1, 0),
    fieldLengths: Uint32Array.of(24 + ((number * 13) % 50), 1, 0, 0, 0, 0, 0, 0, 0),
    filterHashes: new BigUint64Array(0),
    columns: COLUMNS,
  });
}

function longListSegment(): ReturnType<typeof segmentOf> {
  return segmentOf(
    Array.from({ length: DOCUMENTS }, (_, number) => ({
      docId: toDocId(number + 1),
      document: longListDocument(number),
    })),
  );
}

/** What version 5 wrote of these documents, packed: its long lists have two pairs of impacts for each group. */
const VERSION_5 = `
  7dZ7TFNXHAfw7720s+18FHBQHo7LQygvbTFTEpdwKQituk3AW6CwrDoytcYMNGZLlszbAgKKioDKw0eBonBqEZzdM8sQRHAzy2ZWo7g/nP8Ml/
  1h/Gt/ybwFZudiYjTzj+18kpvfvb+ee+65pyf3/DYUrcmXA0hjABYAA6BiNj5yL8sfhnfy/lhxkodSOlHicdbHDm9AdDIz5zIWmMcCO1jgNgv8
  zuKJVAwgMMD0M/J3svgq/7fxv2BMwDFzLT6aXlah4Z2iPUgRoi0Zdtqr56njjG18l6P2ZU3G1hvDXdV1izhDvSa7u6YhVFvYV3Kxu3Z/uG7zRF
  t2z94DUZk7p25c7Kk7FMM7FBEGV/3heGOztnTE1dCStKHb2G7o3XckteT81psjvfuPLbeO1EfknG5sX7H1Wl/p6OkDnasq70y055w5eGL1h/en
  bo6eOXQqS2SVkbl9TV059SHJlkt9h3vym+JMHbn9zb3r2jK2TV7qbznzltPQELmGtPYX9RX2W8bIEXfx4OYrHWvcRz1ln++8OznmPnbunWGHMi
  rvbNvQuxPNyWWXz7Z/suWHblNnnqfDu/3G+W23Lns6P3v/9khDVP7A8S92TV3rLxsfOPHVB/fuXOnMP3fy64/+uH/31vi5U9/sQZAq2jjovFit
  CE0pnxjsGq1Tx689bhzqHtuvWWH7eWKoZ/wQl7Mv2nTedaVFW0TKlXRO/4051cQlL4+MT9FFJ6TqXl2apucS0/WxScsy4rTLI+KTdVEJKbolS1
  P1MYlpei4pPSNWu+z/ewdDPTUZ1DA4x1STcv2gQ8E61vaV/3jhvSgRwWCicqGOEn+yhlWz62XpUeMaLHZKn0w5qzc46iL0qvzgRp7b6DDIh1v9
  39KXFIBKxJFdK/JW5lWHg3sph4GM+djV0y4urKhkRa3IIc1uFUWHqAabwDpkqOcBrRrYOxjLK1ZliDz4gvlqURTZXjUysSiy2N5a+T3HcjxEaG
  /bjbKaXgQjtUFlLpAV8MGhuQrp0Xy4irtgTEZzdr18k66xKUTTqtAV5QqJ5aqub0lFhtQme3T+esh0wUy/4W5hCAej85cLv64L/85uMqBDjlhb
  jDoOBg4yArmYzImsQoGp0KZNqEXt4s3xNVIfPVeHKlLwhh28qKhXOwv3IoGwdqVCVqJuxAKetY7DKZexzUpRrecu8a+x3EE5D46FUR0Sy6CmnG
  U5GCE6AJlImgr4EUccpxnpaoqUQbYl4/pcDaD2T2gQZNKeXeVoSco0WVpc8jCLtcrhkoclBeYyTRZrYK7K0eIKzP1zT57pVx6WlBnY1mSxVgXm
  HC0ueWAuLCnTFJh7Ur+25leMlT2JpXbZqoDT2RpiEbAHgFQYpM7uwmFS/TO7HacDKAUwH0FYiCCoEQSlRhUtrVWlRrXEHyNUMVIM8s8Q/vpd6m
  +lNH/qmY4fPDa+ufz0dBYeAEhhgDcBbASwDUAVAAUYKMGA0TAaJpqJnvs/pGupffHDcbuJjxCLsF0Q3JOECMWCWxC85DohZq8guAeI2U1sgkcQ
  PDY3Mb8teMyCj1jcxOIzC54vicVDiOA1C17iIZbdgtciCG6bh9iEMsH7G7F5CTH7LIKPfEpsPsFnEwQP8RIi7BB85BkfrALwPPe/+IGzeJ6BSe
  9LnoYKeH1BFh9ROLBUqr+N0nqa518iut3Tq3ePrXfqjwLY9HCNHp1Znrq59lLdzIKiKIqiKIqiKIqiKIqiKIqiKIqiKIqiKIqiKIqiKIqiKIqi
  KIqiqP+iPwE=
`;

/** What version 6 wrote of them, packed: four pairs of impacts, documents in their blocks. */
const VERSION_6 = `
  7VZtTFNXGH7u7a20nc7Lx6ClOC4fQvnSFjMlcQmXgtCq2wR2KxQWqyNTa5aBxsxkybwtIKCoCKh8+FFoUTi1CM7uM8sQRHAzy2ZWo7gfzj/D7Y/xz/ZL
  5uUjdhoTo5l/5nNy857z5Lzve85735z3XVe8qmAegHQKoAFQACpm5UPczZ4WQ9v5aVlxgodSmijxKGyPfP4g6aJm5gwNhNDALhr4kwb+ovFEqChAoICp
  Z8S0kYgr/L/O/4JBBX0za/FheGmFmneJDpkiTFcy5HJUh7Dxpja+y1n7ijpzy/Whruq6hZyxXp3TXdMQrivqLbnQXbsvSr9pvC3HvWe/Nmv75PUL7rqD
  sbxToTF66g8lmJp1pcOehpbkdd2mdmPP3sNpJee23Bju2Xd0qW24XpN7qrF92ZarvaUjp/Z3rqi8Pd6ee/rA8ZW77k3eGDl98GS2SCuj83qbunLrw1Ks
  F3sPuQua4s0deX3NPWvaMrdOXOxrOf2Oy9gQvYq09hX3FvVZR8lh7/qBTZc7VnmP+Mq+3H5nYtR79OyGIadSm3+mbfD98eaUsktn2j/b/FO3uTPf1+Hf
  dv3c1puXfJ1ffHRruEFb0H/sqx2TV/vKxvqPf/Px3duXOwvOnvj2k7/v3bk5dvbkd7shU8WYBlwXqhXhqeXjA10jdWzC6mOmwe7Rfepl9l/HB91jB7nc
  vTHmc57LLbpiUq58GdP/Iqbq+JSl0Qmp+pjENP3ri9MNXFKGIS55SWa8bqkmIUWvTUzVL1qcZohNSjdwyRmZcbol/18N6iWeGgxYGF2jqgm5YcCpoJ2r
  e8t/Pv+BVkQoKG0eWK34iy2yml7LZGjH1IhwSU+mnDYYnXUag6ogtJHn3nUa5UOt02/pPAWgEnF4x7L85fnVUeDm5VJgqE897nbx1YpKWtSJHNIdNlF0
  iizoRNrJoJ4HdCywZyCOV6zIFHnwhfNZURTpHhZZWBi93tFa+SNHczxE6G45TExND0KR1qCyFDKFfGh4nkJyzUepuPOmFDTn1Ms36hubwtStCn1xnpBU
  rur6nlRkSntyRuavBaMPpfqMd4rCOJhcv53/fU3UDw6zER1yxNlj2XgYOTAEcjGFE2mFApPhTRtRi9qITQk1kg33lcGKVLzlAC8q6llX0R4kEtqhVDAl
  bCMW8LRtDC45QzcrRdbAXeTfoLkDch4cDRMbFkehppymOZggOgFGJE2F/LAznlMPdzVFM2A2Z16b6wHY6YDKwEg1u8rZkpxltrZ45JFWW5XTI49MDuay
  zFZbMFflbPEEc4/X5Bm78sjkrOC9ZqutKphztnjkwVxkcpY5mHuSXXvza6ZKd1Kpg1kRNJ3tIRYCuwFIjUHabBWOlPqf2XKcAaAUwHzIwEKGCMigilGq
  pTGXs6pFyugQjfzhOlaplWlkmrm1bDpyeExP8rdcii874/j+I+ef46emsnEfQCoFWACUA9gKoAqAAhRUoECpZ0fMzJj7b3O8pLvhwR29JECIVdgmCN4J
  QoT1glcQ/OQaIRa/IHj7icVL7IJPEHx2L7G8J/gsQoBYvcQasAi+r4nVR4jgtwh+4iPWnYLfKgheu4/YhTLB/wex+wmxBKxCgHxO7AEhYBcEH/ETInwo
  BMgzOlYBeB79F39wGs9zMOm+5GmgAt5ckM1rivoXS73621KOhUyni37n1Mqdo2tdhiMAtj3I5yMzqayf2y/12PQ/
`;

for (const [version, packed] of [
  [5, VERSION_5],
  [6, VERSION_6],
] as const) {
  test(`long lists of version ${version} are read, searched and merged`, () =>
    readLongLists(version, packed));
}

async function readLongLists(version: number, packed: string): Promise<void> {
  const payload = inflateRawSync(Buffer.from(packed.replace(/\s/g, ''), 'base64'));
  const page = new Uint8Array(PAGE_BYTES);
  page.set(payload);
  sealPage(page, 0);
  const memory = new IndexMemory(2 ** 18, 'wasm');
  const head = decodeHead(page, '1.segment');
  assert.deepEqual([head.version, head.pages], [version, 1]);
  const old = Segment.inMemory(
    memory,
    { id: 1, collection: COLLECTION },
    { head, pages: [page], words: NO_HASHED_WORDS },
  );
  const live = LiveBits.all(memory.linear, DOCUMENTS);
  const merged = mergeNow(memory, [{ segment: old, live }]);
  assert.equal(merged.head.version, SEGMENT_VERSION);
  const segments = [
    old,
    Segment.inMemory(memory, { id: 2, collection: COLLECTION }, merged),
    Segment.inMemory(memory, { id: 3, collection: COLLECTION }, longListSegment()),
  ];
  const answers: unknown[] = [];
  for (const segment of segments) {
    assert.deepEqual((await verifySegment(memory, segment)).problems, []);
    answers.push(answersOf(memory, segment));
  }
  assert.deepEqual(answers[1], answers[0]);
  assert.deepEqual(answers[2], answers[0]);
}

/** Pruned and not, of both words: they must be the same. */
function answersOf(memory: IndexMemory, segment: Segment): unknown {
  const set = new SegmentSet([{ segment, live: LiveBits.all(memory.linear, DOCUMENTS) }], 1);
  const view = new PinnedView(memory, COLLECTION, set);
  const scored = [1, 2].map((word, place) => ({
    stem: wordHash(word),
    surface: undefined,
    weight: 1,
    place,
  }));
  const query = {
    collection: COLLECTION,
    scored,
    required: [],
    excluded: [],
    statistics: view.statistics(scored),
    weights: { ...WEIGHTS, rerankDepth: 0 },
    limit: 5,
  };
  const { hits } = view.search(query);
  assert.deepEqual(view.search({ ...query, exhaustive: true }).hits, hits);
  view.release();
  return hits.map(({ docId, score }) => ({ docId, score }));
}

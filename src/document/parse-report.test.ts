import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeAnalysedDocument, fieldGroup, wordHash } from '../text/index.ts';
import { buildDocument } from './build.ts';
import { reportOf } from './parse-report.ts';
import { decodeTitleRecord } from './title-record.ts';

const PAGE = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Otters</title>
<meta property="article:published_time" content="2024-05-06T07:08:09Z"></head><body><nav><a href="/x">Home</a></nav>
<h1 id="otters">Otters</h1><p>They swim in rivers and sleep in holes under the roots of old trees.</p>
<h2 id="food">Food</h2><p>Mostly fish, and what else the river brings along in the course of a year.</p></body></html>`;

const HEADERS = { 'content-type': 'text/html; charset=utf-8' };

const built = await buildDocument({
  url: 'https://example.org/otters',
  bytes: new TextEncoder().encode(PAGE),
  headers: HEADERS,
  status: 200,
  fetchedAt_ms: Date.UTC(2025, 0, 1),
  depth: 0,
});
const report = await reportOf(decodeTitleRecord(built.titleRecord), HEADERS);

describe('the report on a document', () => {
  test('says why each choice was made', () => {
    assert.match(report.charset.reason, /server says so/);
    assert.match(report.title.reason, /heading of level 1/);
    assert.match(report.language.reason, /letters and common words/);
    assert.equal(report.published.value, '2024-05-06T07:08:09.000Z');
    assert.match(report.published.reason, /article:published_time/);
  });

  test('gives sections their headings and deep links', () => {
    const food = report.sections.find(({ text }) => text.startsWith('Mostly fish'));
    assert.deepEqual(food?.path, ['Otters', 'Food']);
    assert.equal(food?.url, 'https://example.org/otters#food');
  });

  test('shows words at the positions that the index knows', () => {
    const analysed = decodeAnalysedDocument(built.analysed ?? new Uint8Array(0));
    const tokens = report.zones.flatMap((zone) => zone.tokens);
    assert.equal(tokens.length, built.tokens);
    for (const { position, word } of tokens) {
      const term = analysed.termHashes.indexOf(wordHash(word));
      const { positionStarts, positions } = analysed;
      assert.ok(positions.subarray(positionStarts[term], positionStarts[term + 1]).includes(position), word);
    }
    assert.deepEqual(
      report.zones.map(({ start }) => start),
      [...analysed.zoneStarts],
    );
    assert.equal(fieldGroup('title'), 1);
    assert.equal(report.zones[0]?.group, 'title');
  });
});

/**
 * Title files, archives and bundles with bytes changed, cut, doubled and moved: whatever comes, reading ends, errors are typed, and no
 * document is there that was not written.
 */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';

import { isPeregrineError, type Random, seededRandom } from '../src/base/index.ts';
import { bundleFeed } from '../src/transfer/bundles/bundle-documents.ts';
import { BundleFolder } from '../src/transfer/bundles/bundle-folder.ts';
import {
  chunkHash,
  newSigningKey,
  openManifest,
  signManifest,
} from '../src/transfer/bundles/bundle-manifest.ts';
import { archiveFeed } from '../src/transfer/feeds/archive-feed.ts';
import { decodeGigablastRecord } from '../src/transfer/gigablast/title-record.ts';
import { TitleSource } from '../src/transfer/gigablast/title-source.ts';
import { savedTree, titleBytes, titleMap, titleRecord, tombstone } from './gigablast-files.ts';

export interface FuzzReport {
  readonly mutants: number;
  readonly documents: number;
  readonly failures: number;
  readonly lost_bytes: number;
}

const contentOf = (n: number): string => `<title>Page ${n}</title><p>${`falcon ${n} `.repeat((n % 5) + 1)}`;
const pages = Array.from({ length: 12 }, (_, i) => i + 1);
const known = new Set(pages.map(contentOf));
const records = pages.map((n) =>
  titleRecord({ url: `http://a.example.org/${n}`, content: contentOf(n), docId: n * 999 }),
);
const gone = [3, 7].map((n) => tombstone(`http://a.example.org/${n}x`, n * 999 + 5));
const TITLES = titleBytes([...records, ...gone]);
const TREE = savedTree(records.slice(0, 6).map(({ bytes }) => ({ collnum: 0, record: bytes })));
const WARC_RECORDS = pages.map((n) => {
  const block = `HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n${contentOf(n)}`;
  return `WARC/1.1\r\nWARC-Type: response\r\nWARC-Target-URI: http://a.example.org/${n}\r\nWARC-Date: 2024-01-01T00:00:00Z\r\nContent-Length: ${block.length}\r\n\r\n${block}\r\n\r\n`;
});
const WARC = Buffer.from(WARC_RECORDS.join(''));
const PACKED_WARC = Buffer.concat(WARC_RECORDS.map((record) => gzipSync(record)));

/** Rejects with what broke, and the number of the mutant. */
export async function fuzzTransfer(mutants: number, seed: number): Promise<FuzzReport> {
  const random = seededRandom(seed);
  const directory = mkdtempSync(join(tmpdir(), 'peregrine-mutants-'));
  const report = { mutants: 0, documents: 0, failures: 0, lost_bytes: 0 };
  try {
    for (let n = 0; n < mutants; n++) {
      try {
        if (n % 8 === 7) await takeBundle(directory, random, report);
        else if (n % 4 === 3) await readWarc(directory, random, report);
        else await readTitles(directory, random, report);
      } catch (error) {
        throw new Error(`Mutant ${n} of seed ${seed} broke a promise.`, { cause: error });
      }
      report.mutants += 1;
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  return report;
}

type Totals = { -readonly [Name in keyof FuzzReport]: FuzzReport[Name] };

async function readTitles(directory: string, random: Random, report: Totals): Promise<void> {
  const bytes = mutate(TITLES, random);
  const map = random.below(3) === 0 ? mutate(titleMap(TITLES), random) : titleMap(TITLES);
  writeFileSync(join(directory, 'titledb0001-000.dat'), bytes);
  writeFileSync(join(directory, 'titledb0001.map'), map);
  writeFileSync(
    join(directory, 'titledb-saved.dat'),
    random.below(2) === 0 ? mutate(TREE, random) : new Uint8Array(0),
  );
  const source = await TitleSource.open(directory);
  try {
    report.lost_bytes += source.totals.lost_bytes;
    let before = '';
    for await (const { key, versions } of source.groups()) {
      const text = `${key.high.toString(16).padStart(12, '0')}${key.low.toString(16).padStart(12, '0')}`;
      assert(text > before, 'keys come in order, each once');
      before = text;
      for (const version of versions) {
        if (version.isTombstone) continue;
        try {
          const { content } = decodeGigablastRecord(await source.read(version));
          assert(known.has(Buffer.from(content).toString()), 'no document is invented');
          report.documents += 1;
        } catch (error) {
          if (!isPeregrineError(error)) throw error;
          report.failures += 1;
        }
      }
    }
  } finally {
    await source.close();
  }
}

/** An archive has no checksum over a page, so here reading has to end well, and no more. */
async function readWarc(directory: string, random: Random, report: Totals): Promise<void> {
  const isPacked = random.below(2) === 0;
  const path = join(directory, 'mutant.warc');
  writeFileSync(path, mutate(isPacked ? PACKED_WARC : WARC, random));
  let documents = 0;
  for await (const item of archiveFeed(path)) {
    if (item.kind === 'document') documents += 1;
    else if (item.kind === 'lost') report.lost_bytes += item.size_bytes;
    else report.failures += 1;
  }
  assert(documents <= 3 * pages.length, 'no more documents than doubled bytes can hold');
  report.documents += documents;
}

const BUNDLE_LINES = pages.map(
  (n) => `${JSON.stringify({ url: `http://a.example.org/${n}`, content: contentOf(n) })}\n`,
);
const BUNDLE_CHUNKS = [0, 4, 8].map((first) => {
  const bytes = zstdCompressSync(Buffer.from(BUNDLE_LINES.slice(first, first + 4).join('')));
  return { chunk: { hash: chunkHash(bytes), size_bytes: bytes.length, documents: 4 }, bytes };
});
const MANIFEST = signManifest(
  {
    name: 'fuzzed',
    createdAt_ms: 1,
    documents: pages.length,
    chunks: BUNDLE_CHUNKS.map(({ chunk }) => chunk),
  },
  newSigningKey(),
);

/** A changed manifest or chunk is refused, or is the signed one after all: not one document of other bytes. */
async function takeBundle(directory: string, random: Random, report: Totals): Promise<void> {
  const folder = new BundleFolder(join(directory, 'bundle'));
  await folder.make();
  const broken = random.below(BUNDLE_CHUNKS.length + 1);
  writeFileSync(join(folder.path, 'manifest'), broken === 0 ? mutate(MANIFEST, random) : MANIFEST);
  for (const [n, { chunk, bytes }] of BUNDLE_CHUNKS.entries()) {
    writeFileSync(join(folder.path, 'chunks', chunk.hash), broken === n + 1 ? mutate(bytes, random) : bytes);
  }
  try {
    for await (const item of bundleFeed(folder, openManifest(await folder.manifest()))) {
      assert(item.kind === 'document', 'what was signed can be read');
      assert(known.has(Buffer.from(item.source.bytes).toString()), 'no document is invented');
      report.documents += 1;
    }
  } catch (error) {
    if (!isPeregrineError(error)) throw error;
    report.failures += 1;
  }
}

/** A few changes of any kind: flipped and overwritten bytes, cuts, doubled and moved stretches, numbers at the edge. */
export function mutate(bytes: Uint8Array, random: Random): Buffer {
  let mutant: Buffer = Buffer.from(bytes);
  for (let changes = 1 + random.below(4); changes > 0 && mutant.length > 0; changes--) {
    const at = random.below(mutant.length);
    const length = 1 + random.below(Math.min(200, mutant.length - at));
    switch (random.below(8)) {
      case 0:
      case 1:
        mutant[at] = (mutant[at] ?? 0) ^ (1 << random.below(8));
        break;
      case 2:
        mutant.fill(random.below(256), at, at + length);
        break;
      case 3:
        mutant = mutant.subarray(0, at);
        break;
      case 4:
        mutant = Buffer.concat([mutant.subarray(0, at), mutant.subarray(at + length)]);
        break;
      case 5:
        mutant = Buffer.concat([mutant.subarray(0, at + length), mutant.subarray(at)]);
        break;
      case 6: {
        const part = Buffer.from(mutant.subarray(at, at + length));
        part.copy(mutant, random.below(Math.max(1, mutant.length - length)));
        break;
      }
      default:
        if (at + 4 <= mutant.length) mutant.writeInt32LE(EDGES[random.below(EDGES.length)] ?? 0, at);
    }
  }
  return mutant;
}

const EDGES = [0, 1, -1, 0x7fff_ffff, -0x8000_0000, 500_000_000, 500_000_001, 104_857_600, 88, 20];

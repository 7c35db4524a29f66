/** Real pages: the documentation sites of the test data, and folders that are named. */

import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DocumentSource } from '../../src/document/index.ts';
import { extractArchive } from '../../testing/extract-archive.ts';
import { sharedData } from '../../testing/shared-data.ts';

/** Larger pages (whole books on one page) would be most of the work, and say little about pages. */
const MAX_PAGE_BYTES = 1_000_000;
/** When all pages came in; only judges their dates. */
const FETCHED_AT_MS = Date.UTC(2026, 0, 1);

/** At most `most` pages, evenly chosen, smallest first. */
export async function readCorpus(directories: readonly string[], most: number): Promise<DocumentSource[]> {
  const unpacked = mkdtempSync(join(tmpdir(), 'peregrine-bench-parse-'));
  try {
    const archives = sharedData('sites');
    if (archives !== undefined) {
      for (const name of readdirSync(archives)) await extractArchive(join(archives, name), unpacked);
    }
    const files = [unpacked, ...directories].flatMap(pagesIn);
    const step = Math.max(1, files.length / most);
    const chosen = Array.from(
      { length: Math.min(most, files.length) },
      (_, i) => files[Math.floor(i * step)] ?? '',
    );
    return chosen.map(sourceOf).sort((a, b) => a.bytes.length - b.bytes.length);
  } finally {
    rmSync(unpacked, { recursive: true, force: true });
  }
}

function pagesIn(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.x?html?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => statSync(path).size <= MAX_PAGE_BYTES)
    .sort();
}

function sourceOf(path: string): DocumentSource {
  return {
    url: `https://example.org${encodeURI(path)}`,
    bytes: readFileSync(path),
    headers: { 'content-type': 'text/html' },
    status: 200,
    fetchedAt_ms: FETCHED_AT_MS,
    depth: 1,
  };
}

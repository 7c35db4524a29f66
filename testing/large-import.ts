/** Imports a large title file with the real command and looks at the memory that all of its processes hold. */

import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { decodeGigablastRecord } from '../src/transfer/gigablast/title-record.ts';
import { TitleSource } from '../src/transfer/gigablast/title-source.ts';
import { writeLargeTitleFile } from './large-title-file.ts';
import { sharedData } from './shared-data.ts';

const MAIN = new URL('../src/cli/main.ts', import.meta.url).pathname;
const LOOK_EVERY_MS = 500;
const PAGE_BYTES = 4_096;
const MEMORY = '512MB';

export interface LargeImport {
  readonly documents: number;
  readonly raw_mb: number;
  readonly seconds: number;
  /** Highest in the first third, once everything is warm, and over the whole. */
  readonly early_mb: number;
  readonly peak_mb: number;
  readonly line: unknown;
}

export async function importLargeFile(
  directory: string,
  raw_bytes: number,
  tell: (line: string) => void,
): Promise<LargeImport> {
  const folder = join(directory, 'coll.large.0');
  const { documents } = await writeLargeTitleFile(folder, { raw_bytes });
  tell(`${documents} documents, ${Math.round(raw_bytes / 1e6)} MB raw`);
  const words = ['import', 'gigablast', folder, '--data-dir', join(directory, 'data'), '--memory', MEMORY];
  const child = spawn(process.execPath, [MAIN, ...words, '--json', '--quiet'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (chunk) => (text += String(chunk)));
  const began_ms = performance.now();
  const seen: { at_s: number; mb: number }[] = [];
  const watch = setInterval(() => {
    const mb = residentOf(child.pid ?? 0) / 1e6;
    const at_s = (performance.now() - began_ms) / 1_000;
    seen.push({ at_s, mb });
    if (seen.length % 20 === 0) tell(`${at_s.toFixed(0)} s: ${mb.toFixed(0)} MB`);
  }, LOOK_EVERY_MS);
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  clearInterval(watch);
  if (code !== 0) throw new Error(`The import ended with ${String(code)}.`);
  return {
    documents,
    raw_mb: Math.round(raw_bytes / 1e6),
    seconds: Math.round((performance.now() - began_ms) / 1_000),
    early_mb: most(seen.slice(0, Math.ceil(seen.length / 3))),
    peak_mb: most(seen),
    line: JSON.parse(text),
  };
}

/** Imports so many copies of the sample's pages, each with words of its own; returns CPU time a document, ms. */
export async function importCopies(directory: string, documents: number): Promise<number> {
  const sample = sharedData('gigablast-sample');
  if (sample === undefined) throw new Error('The test data are not at hand.');
  const titles = await TitleSource.open(sample);
  const models: string[] = [];
  for await (const { versions } of titles.groups()) {
    const [newest] = versions;
    if (newest === undefined || newest.isTombstone) continue;
    models.push(Buffer.from(decodeGigablastRecord(await titles.read(newest)).content).toString());
  }
  await titles.close();
  const folder = join(directory, 'coll.copies.0');
  await writeLargeTitleFile(folder, { models, documents });
  const words = ['import', 'gigablast', folder, '--data-dir', join(directory, 'data'), '--json', '--quiet'];
  const child = spawn(process.execPath, [MAIN, ...words], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (chunk) => (text += String(chunk)));
  await new Promise((resolve) => child.on('close', resolve));
  const line = JSON.parse(text) as { readonly imported: number; readonly cpu_ms_per_doc: number };
  if (line.imported !== documents) throw new Error(`${line.imported} of ${documents} documents came in.`);
  return line.cpu_ms_per_doc;
}

function most(list: readonly { readonly mb: number }[]): number {
  return Math.round(Math.max(0, ...list.map(({ mb }) => mb)));
}

/** Of a process and its children. */
function residentOf(pid: number): number {
  try {
    const [, pages = '0'] = readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ');
    const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'latin1').split(' ').filter(Boolean),
    );
    return children.reduce((sum, child) => sum + residentOf(Number(child)), Number(pages) * PAGE_BYTES);
  } catch {
    return 0;
  }
}

/** Imports a large title file with the real command and looks at the memory that all of its processes hold. */

import { spawn } from 'node:child_process';
import { join } from 'node:path';

import { decodeGigablastRecord } from '../src/transfer/gigablast/title-record.ts';
import { TitleSource } from '../src/transfer/gigablast/title-source.ts';
import { writeLargeTitleFile } from './large-title-file.ts';
import { memoryOfTree } from './process-memory.ts';
import { sharedData } from './shared-data.ts';

const MAIN = new URL('../src/cli/main.ts', import.meta.url).pathname;
const LOOK_EVERY_MS = 500;
const TELL_EVERY = 20;
const ALLOWED_MB = 512;

export interface LargeImport {
  readonly documents: number;
  readonly raw_mb: number;
  readonly seconds: number;
  /** What all processes hold, pages that they share counted once: highest in each third of the time. */
  readonly thirds_mb: readonly number[];
  /** Highest of the program alone, resident. */
  readonly program_mb: number;
  /** The one number that it was given. */
  readonly allowed_mb: number;
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
  const words = [
    'import',
    'gigablast',
    folder,
    '--data-dir',
    join(directory, 'data'),
    '--memory',
    `${ALLOWED_MB}MB`,
  ];
  const child = spawn(process.execPath, [MAIN, ...words, '--json', '--quiet'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (chunk) => (text += String(chunk)));
  const began_ms = performance.now();
  const seen: number[] = [];
  let program_mb = 0;
  const watch = setInterval(() => {
    const memory = memoryOfTree(child.pid ?? 0);
    if (memory === undefined) return;
    seen.push(memory.tree_bytes / 1e6);
    program_mb = Math.max(program_mb, memory.main_bytes / 1e6);
    if (seen.length % TELL_EVERY !== 0) return;
    const at_s = (performance.now() - began_ms) / 1_000;
    const main_mb = memory.main_bytes / 1e6;
    tell(`${at_s.toFixed(0)} s: ${seen.at(-1)?.toFixed(0)} MB, the program ${main_mb.toFixed(0)}`);
  }, LOOK_EVERY_MS);
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  clearInterval(watch);
  if (code !== 0) throw new Error(`The import ended with ${String(code)}.`);
  return {
    documents,
    raw_mb: Math.round(raw_bytes / 1e6),
    seconds: Math.round((performance.now() - began_ms) / 1_000),
    thirds_mb: [0, 1, 2].map((n) => most(seen.slice((n * seen.length) / 3, ((n + 1) * seen.length) / 3))),
    program_mb: Math.round(program_mb),
    allowed_mb: Math.round((ALLOWED_MB * 2 ** 20) / 1e6),
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

function most(list: readonly number[]): number {
  return Math.round(Math.max(0, ...list));
}

/** Imports that are killed at random moments and gone on with: the end must be the one of an import that nobody touched. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Random } from '../src/base/index.ts';
import {
  titleBytes,
  type TitleRecordBytes,
  titleRecord,
  tombstone,
  writeTitleFile,
} from './gigablast-files.ts';

const PROGRAM = new URL('../test/programs/import-until-killed.ts', import.meta.url).pathname;
/** A life that says nothing for so long goes nowhere: on a busy machine it may take any time, as long as it comes on. */
const SILENCE_LIMIT_MS = 120_000;

const page = (n: number, version: number): TitleRecordBytes =>
  titleRecord({
    url: `http://site${n % 7}.example.org/page${n}`,
    content: `<title>Page ${n}, version ${version}</title><p>${`Falcons of page ${n}. `.repeat(20)}`,
    docId: n * 1_000,
    spidered_s: 1_400_000_000 + version,
  });

/** A folder with pages in several versions over three files, deletions, a bad record and damage. */
export function writeKillFolder(directory: string, pages: number): void {
  const numbers = Array.from({ length: pages }, (_, i) => i + 1);
  const every = (step: number): number[] => numbers.filter((n) => n % step === 0);
  writeTitleFile(directory, titleBytes(numbers.map((n) => page(n, 1))), {
    id: 1,
    part_bytes: 4_096,
    hasMap: true,
  });
  const gone = every(11).map((n) => tombstone(`http://site${n % 7}.example.org/page${n}`, n * 1_000));
  writeTitleFile(
    directory,
    titleBytes([
      ...every(3)
        .filter((n) => n % 11 !== 0)
        .map((n) => page(n, 2)),
      ...gone,
    ]),
    { id: 3 },
  );
  const last = Buffer.from(titleBytes(every(5).map((n) => page(n, 3))));
  last.fill(0x66, 700, 760);
  writeTitleFile(directory, last, { id: 5 });
}

export interface KilledImport {
  readonly kills: number;
  readonly counts: unknown;
  readonly exported: Buffer;
}

/** Imports `folder` with up to so many kills. Each life goes on where the one before was. */
export async function importWithKills(
  data: string,
  folder: string,
  kills: number,
  total: number,
  random: Random,
): Promise<KilledImport> {
  const exportFile = `${data}.ndjson`;
  let killed = 0;
  for (let lives = 0; lives < kills + 3; lives++) {
    // At a number of records, or a little after the start: while files are looked through, or the store recovers.
    const killAt = killed >= kills ? undefined : random.below(4) === 0 ? 0 : random.below(total);
    const counts = await live([data, folder, exportFile], killAt, random.below(30));
    if (counts !== undefined) return { kills: killed, counts, exported: readFileSync(exportFile) };
    killed += 1;
  }
  throw new Error('The import never ended.');
}

/** One life; the counts at its end, or undefined when it was killed. */
function live(args: readonly string[], killAt: number | undefined, delay_ms: number): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let isSilent = false;
    const limit = setTimeout(() => {
      isSilent = true;
      child.kill('SIGKILL');
    }, SILENCE_LIMIT_MS);
    let isKilling = false;
    let text = '';
    let errors = '';
    let counts: unknown;
    child.stderr.on('data', (chunk) => (errors += String(chunk)));
    child.stdout.on('data', (chunk) => {
      text += String(chunk);
      limit.refresh();
      const lines = text.split('\n');
      text = lines.pop() ?? '';
      for (const line of lines) {
        if (line.startsWith('done ')) counts = JSON.parse(line.slice(5));
        else if (
          killAt !== undefined &&
          !isKilling &&
          line.startsWith('at ') &&
          Number(line.slice(3)) >= killAt
        ) {
          isKilling = true;
          setTimeout(() => child.kill('SIGKILL'), delay_ms);
        }
      }
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(limit);
      if (isSilent) reject(new Error(`It said nothing for ${SILENCE_LIMIT_MS / 1000} s: ${errors}`));
      else if (code === 0 || (signal === 'SIGKILL' && isKilling)) resolve(counts);
      else reject(new Error(`It ended with ${code ?? signal}: ${errors}`));
    });
  });
}

/** One import left alone, one killed: counts and exports are the same. */
export async function compareKilled(
  directory: string,
  pages: number,
  kills: number,
  random: Random,
): Promise<{ kills: number; documents: number }> {
  const folder = join(directory, 'coll.killed.0');
  writeKillFolder(folder, pages);
  const alone = await importWithKills(join(directory, 'alone'), folder, 0, pages, random);
  const killed = await importWithKills(join(directory, 'killed'), folder, kills, pages, random);
  assert.deepEqual(killed.counts, alone.counts);
  assert(killed.exported.equals(alone.exported), 'the exports are the same, byte for byte');
  return { kills: killed.kills, documents: alone.exported.toString().split('\n').length - 1 };
}

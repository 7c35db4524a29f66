/**
 * Sweeps of moving documents; each prints totals, or what broke.
 *
 *     node scripts/sweep-transfer.ts [kills] [seed]             imports killed at random moments
 *     node scripts/sweep-transfer.ts fuzz [mutants] [seed] [processes]
 *     node scripts/sweep-transfer.ts large [raw MB]             memory over a large title file
 *     node scripts/sweep-transfer.ts rate [documents]           CPU time over copies of a real Gigablast's pages
 */

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { seededRandom } from '../src/base/index.ts';
import { compareKilled } from '../testing/import-kills.ts';
import { importCopies, importLargeFile } from '../testing/large-import.ts';
import { fuzzTransfer } from '../testing/transfer-mutants.ts';

/** What the importer of Gigablast itself took for a document of these pages, ms of CPU. */
const OLD_MS_PER_DOC = 7.6;
/** What the later thirds of a large file may take of the first: nothing grows with a file. */
const MOST_GROWTH = 1.25;

const [first = '100', ...rest] = process.argv.slice(2);
if (first === 'fuzz') await fuzz();
else if (first === 'large') await large(Number(rest[0] ?? 300));
else if (first === 'rate') await rate(Number(rest[0] ?? 10_000));
else await kill(Number(first), Number(rest[0] ?? 1));

/** Each process has mutants and a seed of its own. */
async function fuzz(): Promise<void> {
  const [mutants = '100000', seed = '1', processes = '1'] = rest;
  const count = Number(processes);
  if (count <= 1) {
    console.log(
      `mutants from seed ${seed}:`,
      JSON.stringify(await fuzzTransfer(Number(mutants), Number(seed))),
    );
    return;
  }
  const share = String(Math.ceil(Number(mutants) / count));
  const script = import.meta.filename;
  const running = Array.from({ length: count }, (_, n) => {
    const words = [script, 'fuzz', share, String(Number(seed) + n)];
    const child = spawn(process.execPath, words, { stdio: 'inherit' });
    return new Promise<number>((resolve) => child.on('close', (code) => resolve(code ?? 1)));
  });
  process.exitCode = Math.max(...(await Promise.all(running)));
}

async function kill(wanted: number, seed: number): Promise<void> {
  const random = seededRandom(seed);
  let kills = 0;
  for (let round = 0; kills < wanted; round++) {
    const directory = mkdtempSync(join(tmpdir(), 'peregrine-sweep-'));
    try {
      const result = await compareKilled(directory, 300, Math.min(20, wanted - kills), random);
      kills += Math.max(1, result.kills);
      console.log(`round ${round + 1}: ${result.kills} kills, ${result.documents} documents, equal`);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }
  console.log(
    `${kills} kills from seed ${seed}: every export equals the one of an import that was left alone.`,
  );
}

async function large(raw_mb: number): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'peregrine-large-'));
  try {
    const result = await importLargeFile(directory, raw_mb * 1_000_000, (line) => console.log(line));
    console.log(JSON.stringify(result));
    const [first = 0, ...later] = result.thirds_mb;
    const growth = Math.max(...later) / first;
    console.log(
      `Of the first third ${first} MB, of the later ones ${later.join(' and ')}: ${growth.toFixed(2)} times (bound: ${MOST_GROWTH}), of ${result.allowed_mb} allowed.`,
    );
    if (growth > MOST_GROWTH) process.exitCode = 1;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function rate(documents: number): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'peregrine-rate-'));
  try {
    const took_ms = await importCopies(directory, documents);
    const times = OLD_MS_PER_DOC / took_ms;
    console.log(
      `${documents} documents: ${took_ms} ms of CPU each, indexed: ${times.toFixed(2)} times the rate of the old importer (bound: 5)`,
    );
    if (times < 5) process.exitCode = 1;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/**
 * Compiles the kernels of index, storage and documents, each to its kernels.wasm, with AssemblyScript. The sources are taken as they
 * are; only what stands in assembly/ (memory accessors, checksums, steps of 128 bits) and the unpacking of blocks have forms of their
 * own, the latter generated here for each bit width.
 * `--check` compares with what is committed and writes nothing.
 */

import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Layout, layoutSection } from '../src/base/index.ts';
import * as documentLayout from '../src/document/kernels/layout.ts';
import * as indexLayout from '../src/index/kernels/layout.ts';
import * as rescoringLayout from '../src/index/kernels/rescoring-layout.ts';
import * as writeLayout from '../src/index/write-kernels/write-layout.ts';
import * as storageLayout from '../src/storage/kernels/layout.ts';

const root: string = fileURLToPath(new URL('..', import.meta.url));
/** What every set may import. */
const SHARED_FOLDER = join(root, 'src/base/assembly');
/** Sets of kernels, by the folder in which they are. */
export type KernelSet = 'index/kernels' | 'index/write-kernels' | 'storage/kernels' | 'document/kernels';
/** Folders whose sources each is made of, its own the first. */
const SETS: Readonly<Record<KernelSet, readonly KernelSet[]>> = {
  'index/kernels': ['index/kernels'],
  'index/write-kernels': ['index/write-kernels', 'index/kernels'],
  'storage/kernels': ['storage/kernels'],
  'document/kernels': ['document/kernels'],
};
/** What each is compiled with, for the program around it to compare. */
const LAYOUTS: Readonly<Record<KernelSet, readonly Layout[]>> = {
  'index/kernels': [indexLayout, rescoringLayout],
  'index/write-kernels': [writeLayout, indexLayout],
  'storage/kernels': [storageLayout],
  'document/kernels': [documentLayout],
};
const OPTIONS: readonly string[] = [
  '-O3',
  '--noAssert',
  '--runtime',
  'stub',
  '--importMemory',
  '--enable',
  'simd,bulk-memory',
  '--use',
  'abort=',
];

/** A memory that threads share says how large it may become: src/index/kernel-host.ts. */
const SHARED_OPTIONS: readonly string[] = ['--maximumMemory', '32768'];

/** The bytes of a set's kernels.wasm, compiled now. */
export function compileKernels(set: KernelSet = 'index/kernels'): Uint8Array {
  const isOfIndex = set.startsWith('index/');
  const options = isOfIndex ? [...OPTIONS, ...SHARED_OPTIONS] : OPTIONS;
  return Buffer.concat([compileFolders(SETS[set].map(folderOf), options), layoutSection(LAYOUTS[set])]);
}

/** Kernels of the sources in `folders`, the first of which has the `main.ts` that is compiled. */
export function compileFolders(folders: readonly string[], options: readonly string[] = OPTIONS): Uint8Array {
  const directory = mkdtempSync(join(tmpdir(), 'peregrine-kernels-'));
  try {
    for (const file of globSync('*.ts', { cwd: SHARED_FOLDER }))
      writeFileSync(join(directory, file), readFileSync(join(SHARED_FOLDER, file), 'utf8'));
    // The first folder's own last: its exports are what is compiled.
    for (const folder of folders.toReversed()) {
      for (const file of globSync('*.ts', { cwd: folder })) {
        if (file.endsWith('.test.ts') || file === 'types.ts') continue;
        writeFileSync(join(directory, file), asAssemblyScript(readFileSync(join(folder, file), 'utf8')));
      }
      for (const file of globSync('*.ts', { cwd: join(folder, 'assembly') })) {
        writeFileSync(join(directory, file), readFileSync(join(folder, 'assembly', file), 'utf8'));
      }
    }
    if (folders.includes(folderOf('index/kernels')))
      writeFileSync(join(directory, 'unpack.ts'), unpackSource());
    return compile(directory, options);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function folderOf(set: KernelSet): string {
  return join(root, 'src', set);
}

function asAssemblyScript(source: string): string {
  return source
    .replace(/^import type .*$/gm, '')
    .replace(/from '(?:[a-z./]+\/kernels|\.)\/([a-z0-9-]+)\.ts'/g, "from './$1'");
}

function compile(directory: string, options: readonly string[]): Uint8Array {
  const target = join(directory, 'kernels.wasm');
  const compiler = join(root, 'node_modules', 'assemblyscript', 'bin', 'asc.js');
  const entry = basename('main.ts');
  const result = spawnSync(process.execPath, [compiler, entry, '-o', 'kernels.wasm', ...options], {
    cwd: directory,
    encoding: 'utf8',
  });
  if (result.status !== 0) throw new Error(`The kernels do not compile:\n${result.stdout}${result.stderr}`);
  return readFileSync(target);
}

/** AssemblyScript of unpack.ts: a function for each width, all shifts known, 128 bits at a time. */
function unpackSource(): string {
  const widths = [...Array(33).keys()];
  const parts = widths.flatMap((width) => [unrolled(width, false), unrolled(width, true)]);
  const cases = (name: string, more: string): string =>
    widths.map((width) => `    case ${width}: ${name}${width}(from, to${more}); break;`).join('\n');
  return `${parts.join('\n')}
export function unpackBlock(width: i32, from: i32, to: i32): void {
  switch (width) {
${cases('plain', '')}
  }
}
export function unpackDocuments(width: i32, from: i32, to: i32, base: i32): void {
  switch (width) {
${cases('summed', ', base')}
  }
}
export function addBlock(from: i32, to: i32): void {
  for (let i: i32 = 0; i < 512; i += 16) v128.store(to + i, i32x4.add(v128.load(to + i), v128.load(from + i)));
}
export function addToBlock(value: i32, to: i32): void {
  const all = i32x4.splat(value);
  for (let i: i32 = 0; i < 512; i += 16) v128.store(to + i, i32x4.add(v128.load(to + i), all));
}
`;
}

// From zeros into the numbers without a gap: one instruction.
const SHIFT_ONE = 'i8x16.shuffle(zero, v, 12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27)';
const SHIFT_TWO = 'i8x16.shuffle(zero, v, 8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23)';
const LAST_LANE = 'i8x16.shuffle(v, v, 12,13,14,15,12,13,14,15,12,13,14,15,12,13,14,15)';

function unrolled(width: number, isSummed: boolean): string {
  const lines = [
    `function ${isSummed ? 'summed' : 'plain'}${width}(from: i32, to: i32${isSummed ? ', base: i32' : ''}): void {`,
    '  let v = i32x4.splat(0);',
  ];
  if (isSummed) {
    lines.push(
      '  const zero = i32x4.splat(0);',
      '  const one = i32x4.splat(1);',
      '  let sum = i32x4.splat(base);',
    );
  }
  if (width > 0 && width < 32) {
    lines.push(`  const mask = i32x4.splat(${2 ** width - 1});`, '  let w = v128.load(from);');
  }
  for (let row = 0; row < 32; row++) {
    lines.push(...rowOf(width, row));
    if (isSummed) {
      lines.push(
        '  v = i32x4.add(v, one);',
        `  v = i32x4.add(v, ${SHIFT_ONE});`,
        `  v = i32x4.add(v, ${SHIFT_TWO});`,
        '  v = i32x4.add(v, sum);',
        `  sum = ${LAST_LANE};`,
      );
    }
    lines.push(`  v128.store(to, v, ${row * 16});`);
  }
  lines.push('}');
  return lines.join('\n');
}

/** Sets `v` to row `row`; `w` holds the words in which it begins. */
function rowOf(width: number, row: number): string[] {
  if (width === 0) return row === 0 ? [] : ['  v = i32x4.splat(0);'];
  if (width === 32) return [`  v = v128.load(from, ${row * 16});`];
  const bit = row * width;
  const shift = bit % 32;
  const word = Math.floor(bit / 32);
  const lines: string[] = [];
  if (shift === 0 && row > 0) lines.push(`  w = v128.load(from, ${word * 16});`);
  if (shift + width <= 32) {
    lines.push(`  v = v128.and(i32x4.shr_u(w, ${shift}), mask);`);
  } else {
    lines.push(
      `  v = i32x4.shr_u(w, ${shift});`,
      `  w = v128.load(from, ${(word + 1) * 16});`,
      `  v = v128.and(v128.or(v, i32x4.shl(w, ${32 - shift})), mask);`,
    );
  }
  return lines;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const set of Object.keys(SETS) as KernelSet[]) {
    const target = join(folderOf(set), 'kernels.wasm');
    const bytes = compileKernels(set);
    if (!process.argv.includes('--check')) {
      writeFileSync(target, bytes);
      console.log(`${set}: ${bytes.length} bytes`);
    } else if (!readFileSync(target).equals(bytes)) {
      console.error(`${target} is not what its sources compile to: npm run kernels`);
      process.exitCode = 1;
    }
  }
}

/** The kernels, ready to call over one memory: compiled to WebAssembly, or the same sources as TypeScript. */

import { readFileSync } from 'node:fs';
import { assert, kernelModule, type Layout, type WasmModule, webAssembly } from '../base/index.ts';
import * as layout from './kernels/layout.ts';
import * as readingTwin from './kernels/main.ts';
import * as rescoringLayout from './kernels/rescoring-layout.ts';
import { bindMemory, type KernelHost } from './kernels/memory.ts';
import type { KernelMemory } from './linear-memory.ts';
import * as writingTwin from './write-kernels/main.ts';
import { writeRunTables } from './run-tables.ts';
import * as writeLayout from './write-kernels/write-layout.ts';

export type KernelKind = 'wasm' | 'typescript';
export type Kernels = typeof readingTwin;
export type WriteKernels = typeof writingTwin;

const READING = new URL('./kernels/kernels.wasm', import.meta.url);
const WRITING = new URL('./write-kernels/kernels.wasm', import.meta.url);
/** How a module's bytes begin to name the memory that it takes: module, name, kind. Flags follow. */
const MEMORY_IMPORT = Buffer.from('\x03env\x06memory\x02');
const HAS_MAXIMUM = 1;
const IS_SHARED = 2;
/** Compiled once for the thread, at first use, for each kind of memory. */
const compiled = new Map<string, WasmModule>();

export function createReadingKernels(kind: KernelKind, memory: KernelMemory, host: KernelHost): Kernels {
  if (kind === 'typescript') return bindTwin(readingTwin, memory, host);
  writeTables(memory.bytes);
  return instantiate(READING, [layout, rescoringLayout], memory, host) as unknown as Kernels;
}

export function createWritingKernels(kind: KernelKind, memory: KernelMemory, host: KernelHost): WriteKernels {
  if (kind === 'typescript') return bindTwin(writingTwin, memory, host);
  writeTables(memory.bytes);
  writeRunTables(memory.bytes);
  return instantiate(WRITING, [writeLayout, layout], memory, host) as unknown as WriteKernels;
}

function instantiate(
  source: URL,
  layouts: readonly Layout[],
  { memory, isShared }: KernelMemory,
  host: KernelHost,
): Readonly<Record<string, unknown>> {
  const key = `${source.href} ${isShared}`;
  let module = compiled.get(key);
  if (module === undefined) {
    const bytes = readFileSync(source);
    module = kernelModule(isShared ? forSharedMemory(bytes) : bytes, source.pathname, layouts);
    compiled.set(key, module);
  }
  const env = {
    memory,
    loadPage: (segment: number, page: number) => host.loadPage(segment, page),
    isExpired: () => host.isExpired(),
    scratch: (which: number, words: number) => host.scratch(which, words),
    grow: (buffer: number, words: number) => host.grow(buffer, words),
  };
  return new webAssembly.Instance(module, { env }).exports;
}

/** The same kernels over a memory that threads share: nothing but a flag of its import differs. */
function forSharedMemory(bytes: Buffer): Uint8Array {
  const flags = bytes.indexOf(MEMORY_IMPORT) + MEMORY_IMPORT.length;
  assert(bytes[flags] === HAS_MAXIMUM, 'the kernels say how large their memory may be');
  bytes[flags] = HAS_MAXIMUM | IS_SHARED;
  return bytes;
}

/** What steps of 128 bits look up: the same for all that compute on the memory. */
function writeTables(bytes: Uint8Array): void {
  for (let bits = 0; bits < 16; bits++) {
    const shuffle: number[] = [];
    for (let byte = 0; byte < 16; byte++) if (((bits >> (byte >> 2)) & 1) === 1) shuffle.push(byte);
    bytes.set(shuffle, layout.SHUFFLES + bits * 16);
  }
  for (let byte = 0; byte < 256; byte++) {
    let ones = 0;
    for (let bit = 0; bit < 8; bit++) {
      if (((byte >> bit) & 1) === 1) bytes[layout.ZEROS + byte * 8 + ones] = bit - ones++;
    }
  }
}

/** The TypeScript kernels hold one memory at a time, so every call says whose. */
function bindTwin<T extends object>(twin: T, memory: KernelMemory, host: KernelHost): T {
  const bind = (): void => bindMemory(memory.memory.buffer, host);
  memory.onGrow = bind;
  const entries = Object.entries(twin).map(([name, kernel]) => [
    name,
    (...values: number[]) => {
      bind();
      return Reflect.apply(kernel as (...values: number[]) => number, undefined, values);
    },
  ]);
  return Object.fromEntries(entries) as T;
}

/** The kernels, ready to call over one memory: compiled to WebAssembly, or the same sources as TypeScript. */

import { readFileSync } from 'node:fs';
import { type WasmModule, webAssembly } from '../base/index.ts';
import { SHUFFLES } from './kernels/layout.ts';
import * as readingTwin from './kernels/main.ts';
import { bindMemory, type KernelHost } from './kernels/memory.ts';
import type { LinearMemory } from './linear-memory.ts';
import * as writingTwin from './write-kernels/main.ts';

export type KernelKind = 'wasm' | 'typescript';
export type Kernels = typeof readingTwin;
export type WriteKernels = typeof writingTwin;

/** Both sets over one memory. */
export interface KernelSets {
  readonly reading: Kernels;
  readonly writing: WriteKernels;
}

const READING = new URL('./kernels/kernels.wasm', import.meta.url);
const WRITING = new URL('./write-kernels/kernels.wasm', import.meta.url);
/** Compiled once for the process, at first use. */
const compiled = new Map<URL, WasmModule>();

export function createKernels(kind: KernelKind, memory: LinearMemory, host: KernelHost): KernelSets {
  if (kind === 'typescript') return bindTwins(memory, host);
  writeShuffles(memory.bytes);
  return {
    reading: instantiate(READING, memory, host) as unknown as Kernels,
    writing: instantiate(WRITING, memory, host) as unknown as WriteKernels,
  };
}

function instantiate(
  source: URL,
  { memory }: LinearMemory,
  host: KernelHost,
): Readonly<Record<string, unknown>> {
  let module = compiled.get(source);
  if (module === undefined) {
    module = new webAssembly.Module(readFileSync(source));
    compiled.set(source, module);
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

function writeShuffles(bytes: Uint8Array): void {
  for (let bits = 0; bits < 16; bits++) {
    const shuffle: number[] = [];
    for (let byte = 0; byte < 16; byte++) if (((bits >> (byte >> 2)) & 1) === 1) shuffle.push(byte);
    bytes.set(shuffle, SHUFFLES + bits * 16);
  }
}

/** The TypeScript kernels hold one memory at a time, so every call says whose. */
function bindTwins(memory: LinearMemory, host: KernelHost): KernelSets {
  const bind = (): void => bindMemory(memory.memory.buffer, host);
  memory.onGrow = bind;
  const bound = <T extends object>(twin: T): T => {
    const entries = Object.entries(twin).map(([name, kernel]) => [
      name,
      (...values: number[]) => {
        bind();
        return Reflect.apply(kernel as (...values: number[]) => number, undefined, values);
      },
    ]);
    return Object.fromEntries(entries) as T;
  };
  return { reading: bound(readingTwin), writing: bound(writingTwin) };
}

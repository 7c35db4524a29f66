/** The kernels, ready to call over one memory: compiled to WebAssembly, or the same sources as TypeScript. */

import { readFileSync } from 'node:fs';
import { must, type WasmModule, webAssembly } from '../base/index.ts';
import * as twin from './kernels/main.ts';
import { bindMemory, type KernelHost } from './kernels/memory.ts';
import type { LinearMemory } from './linear-memory.ts';

export type KernelKind = 'wasm' | 'typescript';
export type Kernels = typeof twin;

/** Compiled once for the process, at first use. */
let compiled: WasmModule | undefined;

export function createKernels(kind: KernelKind, memory: LinearMemory, host: KernelHost): Kernels {
  return kind === 'wasm' ? instantiate(memory, host) : bindTwin(memory, host);
}

function instantiate({ memory }: LinearMemory, host: KernelHost): Kernels {
  compiled ??= new webAssembly.Module(readFileSync(new URL('./kernels/kernels.wasm', import.meta.url)));
  const env = {
    memory,
    loadPage: (segment: number, page: number) => host.loadPage(segment, page),
    isExpired: () => host.isExpired(),
    scratch: (which: number, words: number) => host.scratch(which, words),
  };
  return new webAssembly.Instance(compiled, { env }).exports as unknown as Kernels;
}

/** The TypeScript kernels hold one memory at a time, so every call says whose. */
function bindTwin(memory: LinearMemory, host: KernelHost): Kernels {
  const bind = (): void => bindMemory(memory.memory.buffer, host);
  memory.onGrow = bind;
  const bound = Object.entries(twin).map(([name, kernel]) => [
    name,
    (...values: number[]) => {
      bind();
      return Reflect.apply(kernel, undefined, values);
    },
  ]);
  return must(Object.fromEntries(bound) as Kernels, 'the kernels');
}

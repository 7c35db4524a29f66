/**
 * Kernels and the program around them agree on where things stand in linear memory. What the kernels were compiled with
 * stands in a section of their module, so that a module of another layout is refused: it would write past buffers.
 */

import { PeregrineError } from './errors.ts';
import { hash64 } from './hashing.ts';
import { type WasmModule, webAssembly } from './web-assembly.ts';

/** What a layout.ts exports: names and numbers. */
export type Layout = Readonly<Record<string, unknown>>;

const SECTION = 'layout';
const CUSTOM_SECTION = 0;
const HASH_BYTES = 8;

/** Bytes that say the layout, for the end of a module. */
export function layoutSection(layouts: readonly Layout[]): Uint8Array {
  const name = Buffer.from(SECTION);
  const size_bytes = 1 + name.length + HASH_BYTES;
  return Buffer.concat([Uint8Array.of(CUSTOM_SECTION, size_bytes, name.length), name, hashOf(layouts)]);
}

/** The module of these bytes. `UNSUPPORTED_VERSION` where its layout is not this one. */
export function kernelModule(bytes: Uint8Array, path: string, layouts: readonly Layout[]): WasmModule {
  const module = new webAssembly.Module(bytes);
  const [section] = webAssembly.Module.customSections(module, SECTION);
  if (section !== undefined && Buffer.compare(new Uint8Array(section), hashOf(layouts)) === 0) return module;
  throw new PeregrineError(
    'UNSUPPORTED_VERSION',
    `The kernels ${path} were built for another layout than the program around them: npm run kernels.`,
    { file: path },
  );
}

function hashOf(layouts: readonly Layout[]): Uint8Array {
  // A module's names are in order, whatever that of its lines is.
  const text = JSON.stringify(layouts);
  const bytes = Buffer.alloc(HASH_BYTES);
  bytes.writeBigUInt64LE(hash64(Buffer.from(text)));
  return bytes;
}

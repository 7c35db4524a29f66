/** The part of the WebAssembly API that kernels need; the type library in use does not name it. */

export interface WasmMemory {
  readonly buffer: ArrayBuffer;
  /** Moves the memory: earlier views of it are empty after this. */
  grow(pages: number): number;
}

export interface WasmInstance {
  readonly exports: Readonly<Record<string, unknown>>;
}

declare const compiled: unique symbol;
/** A compiled module; opaque. */
export interface WasmModule {
  readonly [compiled]: true;
}

interface WebAssemblyApi {
  readonly Memory: new (limits: { readonly initial: number; readonly maximum?: number }) => WasmMemory;
  readonly Module: new (bytes: Uint8Array) => WasmModule;
  readonly Instance: new (
    module: WasmModule,
    imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  ) => WasmInstance;
  /** What a trap throws. */
  readonly RuntimeError: new (message?: string) => Error;
}

export const webAssembly: WebAssemblyApi = (globalThis as unknown as { WebAssembly: WebAssemblyApi })
  .WebAssembly;

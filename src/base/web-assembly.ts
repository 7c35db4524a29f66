/** The part of the WebAssembly API that kernels need; the type library in use does not name it. */

export interface WasmMemory<Bytes extends ArrayBufferLike = ArrayBuffer> {
  readonly buffer: Bytes;
  /** Moves the memory: earlier views of it are empty after this; where it is shared they end where it ended before. */
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
  readonly Memory: new <Bytes extends ArrayBufferLike = ArrayBuffer>(limits: {
    readonly initial: number;
    readonly maximum?: number;
    /** With other threads; `maximum` has to be said then. */
    readonly shared?: boolean;
  }) => WasmMemory<Bytes>;
  readonly Module: {
    new (bytes: Uint8Array): WasmModule;
    customSections(module: WasmModule, name: string): readonly ArrayBuffer[];
  };
  readonly Instance: new (
    module: WasmModule,
    imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  ) => WasmInstance;
  /** What a trap throws. */
  readonly RuntimeError: new (message?: string) => Error;
}

export const webAssembly: WebAssemblyApi = (globalThis as unknown as { WebAssembly: WebAssemblyApi })
  .WebAssembly;

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { PeregrineError } from './errors.ts';
import { kernelModule, layoutSection } from './kernel-layout.ts';

const EMPTY_MODULE = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

test('Kernels that were built for another layout, or do not say for which, are refused', () => {
  const layout = { A_COUNT: 0, A_BYTES: 8 };
  const bytes = Buffer.concat([EMPTY_MODULE, layoutSection([layout])]);
  kernelModule(bytes, 'kernels.wasm', [layout]);
  for (const [built, other] of [
    [bytes, { ...layout, A_BYTES: 12 }],
    [bytes, { A_COUNT: 0, B_BYTES: 8 }],
    [EMPTY_MODULE, layout],
  ] as const) {
    assert.throws(
      () => kernelModule(built, 'kernels.wasm', [other]),
      (error) => error instanceof PeregrineError && /npm run kernels/.test(error.message),
    );
  }
});

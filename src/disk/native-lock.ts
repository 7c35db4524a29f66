/** The one foreign call of the directory lock: a lock, exclusive or shared, that the kernel ties to an open file. */

import { createRequire } from 'node:module';

interface NativeLocks {
  /** False when another open file, of this process or another, holds the range; two that are `shared` go together. Default: not shared. */
  tryLock(
    descriptor: number,
    offset: number,
    length: number,
    options?: { readonly shared: boolean },
  ): boolean;
  unlock(descriptor: number, offset: number, length: number): void;
}

// The package comes without types, and is loaded only where a lock is wanted.
export function nativeLocks(): NativeLocks {
  return createRequire(import.meta.url)('fs-native-extensions') as NativeLocks;
}

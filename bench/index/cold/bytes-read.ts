/** Bytes that this process has had read from storage: what was in the system's page cache does not count. */

import { readFileSync } from 'node:fs';

export function bytesRead(): number {
  return Number(/^read_bytes: (\d+)$/mu.exec(readFileSync('/proc/self/io', 'utf8'))?.[1] ?? 0);
}

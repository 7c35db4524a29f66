/** Where a store keeps its things, inside its shard's directory, and what that is called. */

import type { ShardId } from '../base/index.ts';

/** The name of a shard's directory in the data directory. */
export function shardDirectory(shard: ShardId): string {
  return `shard-${String(shard).padStart(3, '0')}`;
}

export const LOG_DIRECTORY = 'log';
export const PARTS_DIRECTORY = 'parts';
/** Damaged parts whose readable entries were saved; nothing reads them but a repair. */
export const QUARANTINE_DIRECTORY = 'quarantine';

export function derivedDirectoryName(state: number): string {
  return `derived-${state}`;
}

export function partName(number: number): string {
  return `${String(number).padStart(10, '0')}.part`;
}

/** The number in a part's name, or undefined for any other name. */
export function partNumberOf(name: string): number | undefined {
  const match = /^(\d{10,})\.part$/.exec(name);
  return match === null ? undefined : Number(match[1]);
}

/** A line in the log for each range read, of what it took and what it gave; only for who looks at events of `debug`. */

import type { StoreSettings } from './store-options.ts';
import type { BlocksResult, RangeRequest, RangeResult } from './store-contract.ts';

export async function timed<Result extends RangeResult | BlocksResult>(
  { log, clock, shard }: Pick<StoreSettings, 'log' | 'clock' | 'shard'>,
  { database, priority = 'interactive' }: RangeRequest,
  read: () => Promise<Result>,
): Promise<Result> {
  if (log.isDebugging !== true) return read();
  const began_ms = clock.monotonic();
  const result = await read();
  const took_ms = Math.round((clock.monotonic() - began_ms) * 1000) / 1000;
  const facts = {
    shard,
    database,
    priority,
    took_ms,
    ...sizeOf(result),
    isLast: result.resume === undefined,
  };
  log.write('debug', 'storage.range-read', facts);
  return result;
}

function sizeOf(result: RangeResult | BlocksResult): { records: number; size_bytes: number } {
  let records = 0;
  let size_bytes = 0;
  if ('records' in result) {
    records = result.records.length;
    for (const { key, value } of result.records) size_bytes += key.length + value.length;
    return { records, size_bytes };
  }
  for (const { count, keyBytes, lengths } of result.blocks) {
    records += count;
    size_bytes += count * keyBytes;
    for (let i = 0; i < count; i++) size_bytes += lengths[i] as number;
  }
  return { records, size_bytes };
}

/**
 * Reading one's own writes: the reply of a write says under which number its shard took it, and a search that names such
 * numbers sees those writes, or says that it does not.
 */

import { PeregrineError, type ShardId, toShardId } from '../base/index.ts';
import { MAX_SHARDS } from '../storage/index.ts';

/** The least number that is to be seen of each shard. */
export type SeenSequences = ReadonlyMap<ShardId, number>;

const TOKEN = /^(\d{1,3})\.(\d{1,16})$/;

/** What a write is called by: `SHARD.NUMBER`. */
export const sequenceToken = (shard: ShardId, seq: number): string => `${shard}.${seq}`;

/** Reads what replies of writes called `seq`, several with commas between: the highest of each shard. `BAD_ARGUMENT`. */
export function parseSequences(text: string): SeenSequences {
  const seen = new Map<ShardId, number>();
  for (const token of text.split(',')) {
    const [, shard, seq] = TOKEN.exec(token.trim()) ?? [];
    const number = Number(seq);
    if (shard === undefined || Number(shard) >= MAX_SHARDS || !Number.isSafeInteger(number)) {
      throw new PeregrineError(
        'BAD_ARGUMENT',
        `"${token.slice(0, 80)}" names no write: give what the reply of a write called "seq", several with commas.`,
      );
    }
    const id = toShardId(Number(shard));
    seen.set(id, Math.max(seen.get(id) ?? 0, number));
  }
  return seen;
}

/** Those of many writes in one; undefined where there are none. */
export function joinSequences(tokens: readonly string[]): string | undefined {
  if (tokens.length === 0) return undefined;
  return Array.from(parseSequences(tokens.join(',')), ([shard, seq]) => sequenceToken(shard, seq)).join(',');
}

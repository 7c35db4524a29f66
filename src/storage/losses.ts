/** Lost keys as reads meet them: which are lost, from what age on, and what is said of them. */

import { PeregrineError } from '../base/index.ts';
import { DATABASE_NAMES, type DatabaseName } from './databases.ts';
import { compareKeys, keyBefore, keyText } from './key-order.ts';
import type { LossEntry, ManifestState } from './manifest-state.ts';
import type { LostRange } from './verify-report.ts';

/** Order of the newest loss that holds `key`; undefined where it is not lost. */
export function lostOrder(losses: readonly LossEntry[], key: Uint8Array): number | undefined {
  let order: number | undefined;
  for (const loss of losses) {
    if (covers(loss, key) && (order === undefined || loss.order > order)) order = loss.order;
  }
  return order;
}

/** A stretch of a range in which the same losses hold everywhere. */
export interface LossStretch {
  readonly end: Uint8Array;
  readonly losses: readonly LossEntry[];
}

/** From `start` on, up to `end` at most. */
export function lossStretch(losses: readonly LossEntry[], start: Uint8Array, end: Uint8Array): LossStretch {
  let last = end;
  const here: LossEntry[] = [];
  for (const loss of losses) {
    const isHere = covers(loss, start);
    if (isHere) here.push(loss);
    const isAhead = !isHere && compareKeys(loss.firstKey, start) > 0;
    const bound = isHere ? loss.lastKey : isAhead ? keyBefore(loss.firstKey) : undefined;
    if (bound !== undefined && compareKeys(bound, last) < 0) last = bound;
  }
  return { end: last, losses: here };
}

export function lostKeys(database: DatabaseName, { firstKey, lastKey, part }: LossEntry): PeregrineError {
  const [first_key, last_key] = [keyText(firstKey), keyText(lastKey)];
  return new PeregrineError(
    'CORRUPT',
    `Keys of ${database} from ${first_key} to ${last_key} were lost with a damaged part. A repair from a copy brings them back (peregrine store repair --mirror DIR), and one with --accept-loss gives them up.`,
    { database, first_key, last_key, part, lost: true },
  );
}

/** As reports and results say it. */
export function lostRangesOf(database: DatabaseName, losses: Iterable<LossEntry>): LostRange[] {
  return [...losses].map(({ part, entries, firstKey, lastKey }) => ({
    database,
    firstKey: keyText(firstKey),
    lastKey: keyText(lastKey),
    partNumber: part,
    entries,
  }));
}

/** All that the manifest calls lost. */
export function lostRanges({ databases }: Pick<ManifestState, 'databases'>): LostRange[] {
  return DATABASE_NAMES.flatMap((database) => lostRangesOf(database, databases[database].losses));
}

function covers({ firstKey, lastKey }: LossEntry, key: Uint8Array): boolean {
  return compareKeys(firstKey, key) <= 0 && compareKeys(key, lastKey) <= 0;
}

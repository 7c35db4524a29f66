/** What was found and done, in words. */

import type { ShardIndexVerification } from './index-care-contract.ts';
import type { Mended } from './shard-care.ts';

export function isSoundShard(shard: ShardIndexVerification): boolean {
  const { comparisonEnded, missingCount, orphanCount, unreadableTitles, segments } = shard;
  return (
    comparisonEnded === undefined &&
    missingCount + orphanCount + unreadableTitles === 0 &&
    segments.every(({ problems }) => problems.length === 0)
  );
}

export function verificationSentence(collection: string, shards: readonly ShardIndexVerification[]): string {
  const sum = (of: (shard: ShardIndexVerification) => number): number =>
    shards.reduce((total, shard) => total + of(shard), 0);
  const segments = shards.flatMap((shard) => shard.segments);
  const bad = segments.filter(({ problems }) => problems.length > 0);
  const head = `Index of ${collection}: ${counted(segments.length, 'segment')}, ${counted(
    sum(({ documents }) => documents),
    'document',
  )}`;
  const faults: string[] = [];
  if (bad.length > 0) faults.push(`${counted(bad.length, 'segment')} with problems`);
  const missing = sum(({ missingCount }) => missingCount);
  if (missing > 0) faults.push(`${counted(missing, 'stored document')} not indexed`);
  const orphans = sum(({ orphanCount }) => orphanCount);
  if (orphans > 0) faults.push(`${counted(orphans, 'indexed document')} not stored`);
  const isMendable = faults.length > 0;
  const unreadable = sum(({ unreadableTitles }) => unreadableTitles);
  if (unreadable > 0) faults.push(`${counted(unreadable, 'stored document')} not readable`);
  if (shards.some(({ comparisonEnded }) => comparisonEnded !== undefined))
    faults.push('not all stored documents can be read: mend the store first');
  if (faults.length === 0) return `${head}: all is well.`;
  const found = `${head}: ${faults.join('; ')}.`;
  return isMendable ? `${found} Mend it with: peregrine rebuild --repair --collection ${collection}` : found;
}

/** What is wrong, one by one. */
export function problemLines(shards: readonly ShardIndexVerification[]): string[] {
  return shards.flatMap((shard) => [
    ...shard.segments.flatMap(({ name, problems, problemCount }) => [
      ...problems.map((problem) => `  ${name}: ${problem}`),
      ...more(problems, problemCount, `  ${name}: `),
    ]),
    ...shard.missing.map((docId) => `  document ${docId} is stored and not indexed`),
    ...more(shard.missing, shard.missingCount),
    ...shard.orphans.map((docId) => `  document ${docId} is indexed and not stored`),
    ...more(shard.orphans, shard.orphanCount),
    ...shard.unreadable.map((docId) => `  document ${docId} is stored and can't be read: get its page anew`),
    ...more(shard.unreadable, shard.unreadableTitles),
    ...(shard.comparisonEnded === undefined ? [] : [`  ${shard.comparisonEnded}`]),
  ]);
}

function more(named: readonly unknown[], count: number, before = '  '): readonly string[] {
  return count > named.length ? [`${before}and ${count - named.length} more`] : [];
}

export function repairSentence(collection: string, discarded: number, mended: Mended): string {
  const { reindexed, removed, unreadable } = mended;
  if (discarded + reindexed + removed + unreadable === 0) return `Index of ${collection}: nothing to repair.`;
  return `Index of ${collection}: ${counted(discarded, 'segment')} discarded, ${counted(reindexed, 'document')} indexed again, ${removed} taken out${unreadableNote(unreadable)}.`;
}

/** `wasResumed`: others were indexed before it was stopped. */
export function rebuildSentence(
  collection: string,
  discarded: number,
  mended: Mended,
  wasResumed: boolean,
): string {
  const damaged = discarded === 0 ? '' : `, ${counted(discarded, 'damaged segment')} discarded`;
  return `Index of ${collection}: ${counted(mended.reindexed, 'document')} indexed anew from what is stored${wasResumed ? ', the rest before the rebuild was stopped' : ''}${damaged}${unreadableNote(mended.unreadable)}.`;
}

function unreadableNote(unreadable: number): string {
  return unreadable === 0 ? '' : `, ${counted(unreadable, 'stored document')} not readable`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

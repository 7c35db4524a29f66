/**
 * Which version of a key is the newest when several hosts have it: twins of a shard, or hosts that were copied. Numbers of
 * files tell age within a host alone; over hosts the time tells at which the page was fetched.
 */

import { isPeregrineError } from '../../base/index.ts';
import type { RecordVersion } from './record-cursors.ts';
import { decodeGigablastRecord } from './title-record.ts';
import type { RecordGroup, TitleSource } from './title-source.ts';

/**
 * The group's versions, the newest first. A copy that can't be read gives way to one that can. A deletion holds against
 * every copy that is not newer than what was deleted: a host that missed it does not bring the page back.
 */
export async function newestOverHosts(
  titles: TitleSource,
  { versions, hasCopies }: RecordGroup,
): Promise<readonly RecordVersion[]> {
  if (!hasCopies) return versions;
  let chosen: { version: RecordVersion; fetched_s: number } | undefined;
  let deleted_s = -1;
  let deletion: RecordVersion | undefined;
  for (const own of byHost(titles, versions)) {
    const [newest, ...older] = own;
    if (newest === undefined) continue;
    if (newest.isTombstone) {
      const before = older.find(({ isTombstone }) => !isTombstone);
      // What was deleted is gone from the files: then nothing tells that a copy is newer.
      const at_s = before === undefined ? Infinity : ((await fetchedAt_s(titles, before)) ?? Infinity);
      if (at_s > deleted_s) [deleted_s, deletion] = [at_s, newest];
      continue;
    }
    const fetched_s = (await fetchedAt_s(titles, newest)) ?? -1;
    if (chosen === undefined || fetched_s > chosen.fetched_s) chosen = { version: newest, fetched_s };
  }
  const first = chosen === undefined || deleted_s >= chosen.fetched_s ? deletion : chosen.version;
  return first === undefined ? versions : [first, ...versions.filter((version) => version !== first)];
}

function byHost(titles: TitleSource, versions: readonly RecordVersion[]): RecordVersion[][] {
  const hosts = new Map<number, RecordVersion[]>();
  for (const version of versions) {
    const host = titles.hostOf(version);
    hosts.set(host, [...(hosts.get(host) ?? []), version]);
  }
  return [...hosts.values()];
}

/** When the page was fetched; undefined for a record that can't be read. */
async function fetchedAt_s(titles: TitleSource, version: RecordVersion): Promise<number | undefined> {
  try {
    return decodeGigablastRecord(await titles.read(version)).spidered_s;
  } catch (error) {
    if (isPeregrineError(error)) return undefined;
    throw error;
  }
}

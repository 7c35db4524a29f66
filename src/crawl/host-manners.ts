/** How each host that a collection's crawls met was treated, ever: the smallest gap is the proof of politeness. */

import type { CollectionId, Slot } from '../base/index.ts';
import { collectionRange, KeyReader, KeyWriter, type Shards, type Store } from '../storage/index.ts';
import { addressKey, FrontierKind, readFrontierKind, siteKey, SiteKind } from './crawl-keys.ts';
import { decodeAttempt, decodePoliteness, decodeRequest, type PolitenessRecord } from './crawl-records.ts';
import { type HostRef, hostOf } from './host.ts';
import { slotsHolding } from './skip-scan.ts';

/** Over all collections and processes, from the first request on. */
export interface HostManners {
  /** With its port, where that is not the scheme's own. */
  readonly host: string;
  readonly record: PolitenessRecord;
  /** Where it was asked; empty where that is not on record. */
  readonly address: string;
  /** How all hosts of its domain at that address were treated together. */
  readonly addressRecord: PolitenessRecord | undefined;
}

/** Records looked at together for one that names the host: what was refused unasked has no address on record. */
const WINDOW = 64;
/** Attempts looked at for the address that answered. */
const ATTEMPTS = 16;
const LAST_HASH = 0xffff_ffff_ffff_ffffn;

/** Hosts in the order of their records, a few reads each. `host`: that one alone. */
export async function* hostManners(
  shards: Shards,
  collection: CollectionId,
  host?: string,
): AsyncGenerator<HostManners> {
  if (host !== undefined) {
    const found = await mannersOf(shards, collection, hostOf(`http://${host}/`));
    if (found !== undefined) yield found;
    return;
  }
  for (const store of shards.all) {
    for await (const slot of slotsHolding(store, 'frontier', collection)) {
      for await (const ref of hostsOf(store, collection, slot)) {
        const found = await mannersOf(shards, collection, ref);
        if (found !== undefined) yield found;
      }
    }
  }
}

/** Undefined for a host that was never asked. */
async function mannersOf(
  shards: Shards,
  collection: CollectionId,
  host: HostRef,
): Promise<HostManners | undefined> {
  const store = shards.of(host.slot);
  const value = await store.get('sites', siteKey(host, SiteKind.politeness));
  if (value === undefined) return undefined;
  const start = hostStart('attempts', host.slot, collection, host.hash);
  const { end } = collectionRange('attempts', host.slot, collection);
  const { records } = await store.range({ database: 'attempts', start, end, limit: ATTEMPTS });
  const address =
    records
      .filter(({ key }) => new KeyReader(key).u64() === host.hash)
      .map((record) => decodeAttempt(record.value).ip)
      .find((ip) => ip !== '') ?? '';
  const kept = address === '' ? undefined : await store.get('sites', addressKey(host, address));
  return {
    host: host.key,
    record: decodePoliteness(value),
    address,
    addressRecord: kept === undefined ? undefined : decodePoliteness(kept),
  };
}

/** Each host of a slot once, from the first of its records that names it. */
async function* hostsOf(store: Store, collection: CollectionId, slot: Slot): AsyncGenerator<HostRef> {
  const { start, end } = collectionRange('frontier', slot, collection);
  for (let from: Uint8Array | undefined = start; from !== undefined;) {
    const page: Awaited<ReturnType<Store['range']>> = await store.range({
      database: 'frontier',
      start: from,
      end,
      limit: WINDOW,
    });
    const named = page.records.find(({ key }) => readFrontierKind(key) === FrontierKind.request);
    from = page.resume;
    if (named === undefined) continue;
    const host = hostOf(decodeRequest(named.value).url);
    yield host;
    if (host.hash === LAST_HASH) return;
    from = hostStart('frontier', slot, collection, host.hash + 1n);
  }
}

function hostStart(
  database: 'frontier' | 'attempts',
  slot: Slot,
  collection: CollectionId,
  hash: bigint,
): Uint8Array {
  const start = new KeyWriter(database, slot, collection).u64(hash).finish();
  start[start.length - 1] = 0;
  return start;
}

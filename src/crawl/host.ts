/** Hosts and domains: who is asked, who owns the records, who counts as one site. */

import { hashString64, type Slot, slotOfHash } from '../base/index.ts';
import { getDomain } from 'tldts';

/** A host as the crawler schedules it: one connection and one gap each. */
export interface HostRef {
  /** Lower-case host name, with its port unless that is the scheme's default: `example.com`, `127.0.0.1:8080`. */
  readonly key: string;
  /** hash64 of {@link key}. */
  readonly hash: bigint;
  /** Its upper 32 bits. */
  readonly hash32: number;
  /** The slot that owns its records: that of its registrable domain. */
  readonly slot: Slot;
}

/** Hosts looked at lately, by what stands before the path: a page's links are of few. */
const recent = new Map<string, HostRef>();
const MAX_RECENT = 4_096;
/** `https://`: behind it a host begins. */
const LONGEST_SCHEME = 8;

/** The host of a normalised URL. */
export function hostOf(url: string): HostRef {
  const pathAt = url.indexOf('/', LONGEST_SCHEME);
  const place = pathAt < 0 ? url : url.slice(0, pathAt);
  const known = recent.get(place);
  if (known !== undefined) return known;
  const key = new URL(url).host;
  const hash = hashString64(key);
  const slot = slotOfHash(hashString64(registrableDomain(key)));
  const host = { key, hash, hash32: Number(hash >> 32n), slot };
  const oldest = recent.keys().next();
  if (recent.size >= MAX_RECENT && oldest.done !== true) recent.delete(oldest.value);
  recent.set(place, host);
  return host;
}

/**
 * The domain that somebody registered (`docs.example.co.uk` → `example.co.uk`), private suffixes included
 * (`me.github.io` is its own). An address or a name without a suffix is its own domain, with its port.
 */
export function registrableDomain(host: string): string {
  return getDomain(host, { allowPrivateDomains: true, validateHostname: false }) ?? host;
}

/** A host without its leading `www.`: twins count as one site. */
export function withoutWww(host: string): string {
  return host.startsWith('www.') && host.slice(4).includes('.') ? host.slice(4) : host;
}

/**
 * Keeps the crawler out of networks that are not the public web (server-side request forgery). Checked where the
 * connection is made, after name resolution, so that neither a redirect nor a changing DNS answer gets around it.
 */

import { PeregrineError } from '../base/index.ts';
import ipaddr from 'ipaddr.js';
import { isIP, type LookupFunction } from 'node:net';
import type { buildConnector } from 'undici';
import { DnsCache } from './dns-cache.ts';

/** Ranges that are unicast by their bits but lead inside: what ipaddr.js does not know by name. */
const INNER_RANGES: readonly (readonly [string, number])[] = [
  ['192.0.0.0', 24],
  ['192.88.99.0', 24],
  ['198.18.0.0', 15],
  ['240.0.0.0', 4],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2002::', 16],
  ['3fff::', 20],
  ['5f00::', 16],
  ['fec0::', 10],
];
const INNER = INNER_RANGES.map(([address, bits]) => ({ address: ipaddr.parse(address), bits }));

/** True for an address of the public internet: unicast, and no tunnel or mapping into another network. */
export function isPublicAddress(address: string): boolean {
  // A zone (`fe80::1%eth0`) means link-local; what is no full address is none at all.
  if (address.includes('%') || isIP(address) === 0) return false;
  const parsed = ipaddr.process(address);
  if (parsed.range() !== 'unicast') return false;
  if (parsed.kind() === 'ipv6') {
    const parts = (parsed as ipaddr.IPv6).parts;
    // `::a.b.c.d`, the deprecated form of an IPv4 address.
    if (parts.slice(0, 6).every((part) => part === 0)) return false;
  }
  return !INNER.some(
    ({ address: network, bits }) => network.kind() === parsed.kind() && parsed.match(network, bits),
  );
}

/** The refusal of an address, for whoever asked for the URL. */
export function addressRefused(host: string, address: string): PeregrineError {
  return new PeregrineError(
    'ADDRESS_REFUSED',
    `${host} is at ${address || 'no public address'}, which is not on the public internet. Allow private addresses to crawl it.`,
    { host, address },
  );
}

/** A lookup that answers with public addresses only and fails where a name has none. */
export function guardedLookup(names: DnsCache = new DnsCache()): LookupFunction {
  return (hostname, options, callback) => {
    names.ask(hostname, options, (error, found) => {
      if (error !== null) return callback(error, '', 0);
      const open = found.filter(({ address }) => isPublicAddress(address));
      const [first] = open;
      if (first === undefined) return callback(addressRefused(hostname, found[0]?.address ?? ''), '', 0);
      if (options.all === true) return callback(null, open);
      callback(null, first.address, first.family);
    });
  };
}

export interface GuardOptions {
  readonly allowPrivate: boolean;
  readonly connectTimeout_ms: number;
  readonly names: DnsCache;
  /** Trusted beside the system's authorities, as PEM. */
  readonly certificates?: readonly string[];
  /** Told the address of each connection made. */
  readonly onConnected?: (origin: string, address: string) => void;
}

/** What undici connects with, upon its own `build`: guards literal addresses, resolved names and, last, the peer that answered. */
export function guardedConnector(
  options: GuardOptions,
  build: typeof buildConnector,
): buildConnector.connector {
  const lookup: LookupFunction = options.allowPrivate ? options.names.lookup : guardedLookup(options.names);
  const connect = build({
    timeout: options.connectTimeout_ms,
    allowH2: true,
    preferH2: true,
    lookup,
    ...(options.certificates !== undefined && { ca: [...options.certificates] }),
  });
  return (target, callback) => {
    const literal = target.hostname.replace(/^\[|\]$/g, '');
    if (!options.allowPrivate && isIP(literal) !== 0 && !isPublicAddress(literal)) {
      callback(addressRefused(target.hostname, literal), null);
      return;
    }
    connect(target, (...[error, socket]: Parameters<buildConnector.Callback>) => {
      if (error !== null || socket === null) return callback(error ?? new Error('no socket'), null);
      const peer = socket.remoteAddress ?? '';
      if (!options.allowPrivate && !isPublicAddress(peer)) {
        socket.destroy();
        return callback(addressRefused(target.hostname, peer), null);
      }
      options.onConnected?.(`${target.protocol}//${target.host ?? target.hostname}`, peer);
      callback(null, socket);
    });
  };
}

/** What is to be asked for, and what is refused: shared out by who holds it, and cut into pieces that go in one. */

import type { Slot } from '../base/index.ts';
import type { NewRequest, RefusedUrl } from './frontier-change.ts';
import { hostOf } from './host.ts';

export interface Wanted {
  readonly requests: readonly NewRequest[];
  readonly refused: readonly RefusedUrl[];
}

/** Those of each holder, in their order. */
export function byHolder<Holder>(
  { requests, refused }: Wanted,
  holderOf: (slot: Slot) => Holder,
): ReadonlyMap<Holder, Wanted> {
  const groups = new Map<Holder, { requests: NewRequest[]; refused: RefusedUrl[] }>();
  const groupOf = (url: string): { requests: NewRequest[]; refused: RefusedUrl[] } => {
    const holder = holderOf(hostOf(url).slot);
    let group = groups.get(holder);
    if (group === undefined) groups.set(holder, (group = { requests: [], refused: [] }));
    return group;
  };
  for (const request of requests) groupOf(request.url).requests.push(request);
  for (const refusal of refused) groupOf(refusal.url).refused.push(refusal);
  return groups;
}

/** Pieces with at most `size` of each. */
export function* inPieces({ requests, refused }: Wanted, size: number): Generator<Wanted> {
  const length = Math.max(requests.length, refused.length);
  for (let at = 0; at < length; at += size) {
    yield { requests: requests.slice(at, at + size), refused: refused.slice(at, at + size) };
  }
}

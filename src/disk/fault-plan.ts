/** What goes wrong on a faulty disk, as data: which calls are hit, and how. */

import type { Random } from '../base/index.ts';

/** The calls of a disk and of its files, as faults name them and as `calls` counts them. A close is no call. */
export type DiskOperation =
  | 'open'
  | 'stat'
  | 'list'
  | 'makeDirectory'
  | 'rename'
  | 'remove'
  | 'link'
  | 'syncDirectory'
  | 'free_bytes'
  | 'read'
  | 'write'
  | 'sync'
  | 'size'
  | 'allocate'
  | 'truncate';

/**
 * - `io-error`: the call throws `IO` and does nothing.
 * - `disk-full`: a call that needs room throws `DISK_FULL`; a write may have put the front of its bytes.
 * - `lost-sync`: a sync throws `IO` and what it should have made durable is forgotten: the next one succeeds for nothing.
 * - `bit-flip`: a read returns one bit turned; the file itself is whole.
 * - `short-read`: a read returns fewer bytes than there are.
 * - `stall`: the call takes up to `stall_ms` first (a blocking read does not).
 */
export type FaultEffect = 'io-error' | 'disk-full' | 'lost-sync' | 'bit-flip' | 'short-read' | 'stall';

/** Conditions left out hold always; all that are given must hold. */
export interface Fault {
  readonly effect: FaultEffect;
  readonly operation?: DiskOperation;
  /** The path itself, or a pattern that it matches. */
  readonly path?: string | RegExp;
  /** Number of the call on this disk, from 1. */
  readonly atCall?: number;
  /** A byte range of the file, end exclusive: hits reads and writes that touch it. */
  readonly range?: readonly [start: number, end: number];
  /** 0 … 1, drawn for each call that meets the other conditions. Default 1. */
  readonly probability?: number;
  /** How often it strikes before it is over. Default: without end. */
  readonly times?: number;
  /** Longest delay of a `stall`. Default 5. */
  readonly stall_ms?: number;
}

export interface FaultPlan {
  readonly faults?: readonly Fault[];
  /**
   * Number of the call, from 1, in which the machine stops. That call may or may not have taken effect; it and all
   * later ones throw `IO` with the fact `crashed`, until `crash()` gives the disk that comes back.
   */
  readonly crashAtCall?: number;
}

export interface DiskCall {
  readonly operation: DiskOperation;
  readonly path: string;
  readonly number: number;
  readonly offset?: number | undefined;
  readonly length?: number | undefined;
}

const APPLIES: Readonly<Record<FaultEffect, readonly DiskOperation[] | 'all'>> = {
  'io-error': 'all',
  'disk-full': ['open', 'makeDirectory', 'rename', 'link', 'write', 'allocate'],
  'lost-sync': ['sync', 'syncDirectory'],
  'bit-flip': ['read'],
  'short-read': ['read'],
  stall: 'all',
};

/** Decides, call by call, which faults of a plan strike. */
export class FaultSchedule {
  readonly #faults: { readonly fault: Fault; left: number }[];
  readonly #random: Random;

  constructor(faults: readonly Fault[], random: Random) {
    this.#faults = faults.map((fault) => ({ fault, left: fault.times ?? Number.POSITIVE_INFINITY }));
    this.#random = random;
  }

  add(fault: Fault): void {
    this.#faults.push({ fault, left: fault.times ?? Number.POSITIVE_INFINITY });
  }

  striking(call: DiskCall): Fault[] {
    const striking = this.#faults.filter(
      ({ fault, left }) =>
        left > 0 &&
        meets(fault, call) &&
        (fault.probability === undefined || this.#random.unit() < fault.probability),
    );
    for (const entry of striking) entry.left -= 1;
    return striking.map(({ fault }) => fault);
  }
}

function meets(fault: Fault, call: DiskCall): boolean {
  const applies = APPLIES[fault.effect];
  if (applies !== 'all' && !applies.includes(call.operation)) return false;
  if (fault.operation !== undefined && fault.operation !== call.operation) return false;
  if (fault.atCall !== undefined && fault.atCall !== call.number) return false;
  if (typeof fault.path === 'string' && fault.path !== call.path) return false;
  if (fault.path instanceof RegExp && call.path.search(fault.path) < 0) return false;
  if (fault.range === undefined) return true;
  const { offset, length } = call;
  if (offset === undefined || length === undefined) return false;
  return offset < fault.range[1] && offset + length > fault.range[0];
}

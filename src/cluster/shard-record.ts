/**
 * What the cluster knows of a shard: who holds it, who leads it, who has everything that was acknowledged. One shared
 * record each, changed by compare-and-set only, through the pure functions here.
 */

import { PeregrineError, type ShardId, toShardId } from '../base/index.ts';

/** Name of a host: letters, digits, `-` and `_`, at most 32 of them. */
export type HostId = string;

/** A life of a shard's log: a stream, and what stood before its first entry. */
export interface LogLife {
  readonly epoch: number;
  /** The last entry before this life. A mirror that ends exactly there may go on with it. */
  readonly base: number;
  /** Under which that entry was written, 0 for none: another entry of the same number is not it. */
  readonly term: number;
}

export interface ShardRecord {
  readonly shard: ShardId;
  /** Grows with every change of leader: who leads under an older one writes no more. */
  readonly term: number;
  readonly leader: HostId;
  /** Hosts that hold the shard, or are to. */
  readonly members: readonly HostId[];
  /** Of them, those that have every acknowledged entry: a write waits for all of these. */
  readonly inSync: readonly HostId[];
  readonly stream: string;
  /** Of the stream as it was made; another one under its name is not it. */
  readonly streamIdentity: string;
  /** The latest lives, oldest first; the last one is the present. */
  readonly lives: readonly LogLife[];
}

const HOST_ID = /^[A-Za-z0-9_-]{1,32}$/;
/** Lives that a record remembers: who has slept through more copies the shard instead of replaying. */
const MAX_LIVES = 16;

/** `BAD_ARGUMENT`. */
export function checkedHostId(text: string): HostId {
  if (HOST_ID.test(text)) return text;
  throw new PeregrineError(
    'BAD_ARGUMENT',
    `"${text.slice(0, 80)}" can't name a host: use 1 to 32 letters, digits, - and _.`,
  );
}

export const shardKey = (shard: ShardId): string => `shard.${shard}`;

export const presentLife = ({ lives }: ShardRecord): LogLife => lives.at(-1) as LogLife;

export interface NewLog {
  readonly stream: string;
  readonly streamIdentity: string;
}

/** A shard that nobody had before. `base` is what its first host holds already: 0 for an empty one. */
export function firstRecord(
  shard: ShardId,
  leader: HostId,
  log: NewLog,
  base: number,
  epoch = 1,
): ShardRecord {
  return {
    shard,
    term: 1,
    leader,
    members: [leader],
    inSync: [leader],
    ...log,
    lives: [{ epoch, base, term: 0 }],
  };
}

/** Undefined where `host` may not lead: only who has everything may. */
export function takenOver(record: ShardRecord, host: HostId): ShardRecord | undefined {
  if (!record.inSync.includes(host)) return undefined;
  return { ...record, leader: host, term: record.term + 1 };
}

/** Without a silent member: writes go on, and it may not lead until it has caught up. */
export function evicted(record: ShardRecord, host: HostId): ShardRecord {
  return { ...record, inSync: record.inSync.filter((member) => member !== host) };
}

/** With a member that has caught up. */
export function admitted(record: ShardRecord, host: HostId): ShardRecord {
  if (!record.members.includes(host) || record.inSync.includes(host)) return record;
  return { ...record, inSync: [...record.inSync, host] };
}

export function joined(record: ShardRecord, host: HostId): ShardRecord {
  if (record.members.includes(host)) return record;
  return { ...record, members: [...record.members, host] };
}

/** Undefined where it can't go: the leader hands on first, and the last one in sync stays. */
export function left(record: ShardRecord, host: HostId): ShardRecord | undefined {
  const without = evicted(record, host);
  if (record.leader === host || without.inSync.length === 0) return undefined;
  return { ...without, members: record.members.filter((member) => member !== host) };
}

/** A new life: the leader's last entry is its base, and only who ends there is in sync with it. */
export function reborn(
  record: ShardRecord,
  leader: HostId,
  log: NewLog,
  base: Pick<LogLife, 'base' | 'term'>,
  atBase: readonly HostId[],
): ShardRecord {
  const epoch = presentLife(record).epoch + 1;
  const inSync = record.inSync.filter((host) => host === leader || atBase.includes(host));
  const lives = [...record.lives, { epoch, ...base }].slice(-MAX_LIVES);
  return { ...record, term: record.term + 1, leader, inSync, ...log, lives };
}

/** How far a mirror has come. */
export interface MirrorPosition {
  readonly epoch: number;
  /** Under which the entry was written; nothing of older terms counts behind it. */
  readonly term: number;
  readonly entry: number;
  /** The last message of the stream of which every entry is held. */
  readonly place: number;
}

/**
 * Where a mirror goes on: its position in the present life, or undefined where it must copy the shard. It may skip lives
 * in which it would have missed nothing: those that begin where it stands.
 */
export function continuation(record: ShardRecord, position: MirrorPosition): MirrorPosition | undefined {
  const present = presentLife(record);
  if (position.epoch === present.epoch) return position.entry < present.base ? undefined : position;
  const own = record.lives.findIndex(({ epoch }) => epoch === position.epoch);
  // An empty store may begin with a log that had nothing before it either.
  if (own < 0 && (position.epoch !== 0 || record.lives[0]?.epoch !== 1)) return undefined;
  const isAtAll = record.lives
    .slice(own + 1)
    // Behind the first of them nothing was written, or the entry would be another.
    .every(({ base, term }, i) => base === position.entry && term === (i === 0 ? position.term : 0));
  return isAtAll ? { epoch: present.epoch, term: 0, entry: position.entry, place: 0 } : undefined;
}

export const encodeShardRecord = (record: ShardRecord): string => JSON.stringify({ version: 2, ...record });

/** `CORRUPT`, `UNSUPPORTED_VERSION`. */
export function decodeShardRecord(text: string): ShardRecord {
  const { version, ...fields } = parsed(text);
  if (version !== 2) {
    throw new PeregrineError(
      'UNSUPPORTED_VERSION',
      `The cluster's record of a shard is of version ${String(version)}; this program knows 2. Update this host.`,
    );
  }
  const { shard, term, leader, members, inSync, stream, streamIdentity, lives } = fields;
  const isWhole =
    isCount(shard) &&
    isCount(term) &&
    typeof leader === 'string' &&
    isTexts(members) &&
    isTexts(inSync) &&
    typeof stream === 'string' &&
    typeof streamIdentity === 'string' &&
    isLives(lives);
  if (!isWhole) throw new PeregrineError('CORRUPT', 'The cluster has a record of a shard that is damaged.');
  return { shard: toShardId(shard), term, leader, members, inSync, stream, streamIdentity, lives };
}

function parsed(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw new PeregrineError('CORRUPT', 'The cluster has a record that can not be read.');
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function isLives(value: unknown): value is LogLife[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((life: unknown) => {
      const { epoch, base, term } = (life ?? {}) as Partial<LogLife>;
      return isCount(epoch) && isCount(base) && isCount(term);
    })
  );
}

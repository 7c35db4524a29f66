/** What a host hears of the others: that they live, and how far their mirrors are. Only our own clock counts. */

import {
  ByteReader,
  ByteWriter,
  type Clock,
  PeregrineError,
  type ShardId,
  toShardId,
} from '../base/index.ts';
import type { HostId, MirrorPosition } from './shard-record.ts';

const HEARTBEAT_VERSION = 1;

/** A mirror as its host reports it. */
export interface MirrorReport {
  readonly shard: ShardId;
  readonly position: MirrorPosition;
}

/** What a host says of itself, several times a second. */
export interface Heartbeat {
  readonly host: HostId;
  /** Where its files can be fetched; empty where it serves none. */
  readonly address: string;
  /** Of the disk that its data lies on. */
  readonly free_bytes: number;
  /** True when it wants to hand on everything and leave. */
  readonly isDraining: boolean;
  /** Program version, for people. */
  readonly version: string;
  readonly mirrors: readonly MirrorReport[];
}

interface Heard extends Heartbeat {
  readonly at_ms: number;
}

export class Peers {
  readonly #clock: Clock;
  readonly #heard = new Map<HostId, Heard>();
  readonly #listeners = new Set<(host: HostId, reports: readonly MirrorReport[]) => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  hear(beat: Heartbeat): void {
    this.#heard.set(beat.host, { ...beat, at_ms: this.#clock.monotonic() });
    for (const listener of this.#listeners) listener(beat.host, beat.mirrors);
  }

  /** A report between two heartbeats. */
  hearReport(host: HostId, report: MirrorReport): void {
    const known = this.#heard.get(host);
    if (known !== undefined) {
      const others = known.mirrors.filter(({ shard }) => shard !== report.shard);
      this.#heard.set(host, { ...known, mirrors: [...others, report], at_ms: this.#clock.monotonic() });
    }
    for (const listener of this.#listeners) listener(host, [report]);
  }

  onReport(listener: (host: HostId, reports: readonly MirrorReport[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Since its last word; Infinity for a host that never said one. */
  silence_ms(host: HostId): number {
    const heard = this.#heard.get(host);
    return heard === undefined ? Infinity : this.#clock.monotonic() - heard.at_ms;
  }

  get(host: HostId): Heartbeat | undefined {
    return this.#heard.get(host);
  }

  positionOf(host: HostId, shard: ShardId): MirrorPosition | undefined {
    return this.#heard.get(host)?.mirrors.find((mirror) => mirror.shard === shard)?.position;
  }

  /** Hosts that were heard within `silence_ms`, by name. */
  alive(silence_ms: number): readonly HostId[] {
    return [...this.#heard.keys()].filter((host) => this.silence_ms(host) <= silence_ms).sort();
  }

  all(): readonly (Heartbeat & { readonly silence_ms: number })[] {
    const heard = [...this.#heard.values()].sort((a, b) => (a.host < b.host ? -1 : 1));
    return heard.map((beat) => Object.assign({ silence_ms: this.silence_ms(beat.host) }, beat));
  }
}

export function encodeHeartbeat(beat: Heartbeat): Uint8Array {
  const writer = new ByteWriter(256).u8(HEARTBEAT_VERSION).text(beat.host).text(beat.address);
  writer
    .varint(beat.free_bytes)
    .u8(beat.isDraining ? 1 : 0)
    .text(beat.version)
    .varint(beat.mirrors.length);
  for (const mirror of beat.mirrors) writeReport(writer, mirror);
  return writer.finish();
}

/** `CORRUPT`, `UNSUPPORTED_VERSION`. */
export function decodeHeartbeat(bytes: Uint8Array): Heartbeat {
  const reader = readerOf(bytes);
  const [host, address, free_bytes] = [reader.text(), reader.text(), reader.varint()];
  const isDraining = reader.u8() === 1;
  const version = reader.text();
  const mirrors = Array.from({ length: reader.varint() }, () => readReport(reader));
  return { host, address, free_bytes, isDraining, version, mirrors };
}

export function encodeReport(host: HostId, report: MirrorReport): Uint8Array {
  const writer = new ByteWriter(64).u8(HEARTBEAT_VERSION).text(host);
  writeReport(writer, report);
  return writer.finish();
}

/** `CORRUPT`, `UNSUPPORTED_VERSION`. */
export function decodeReport(bytes: Uint8Array): { readonly host: HostId; readonly report: MirrorReport } {
  const reader = readerOf(bytes);
  return { host: reader.text(), report: readReport(reader) };
}

function readerOf(bytes: Uint8Array): ByteReader {
  const reader = new ByteReader(bytes);
  const version = reader.u8();
  if (version === HEARTBEAT_VERSION) return reader;
  throw new PeregrineError(
    'UNSUPPORTED_VERSION',
    `A host speaks version ${version} of the cluster's language.`,
    {
      version,
    },
  );
}

function writeReport(writer: ByteWriter, { shard, position }: MirrorReport): void {
  const { epoch, term, entry, place } = position;
  writer.varint(shard).varint(epoch).varint(term).varint(entry).varint(place);
}

function readReport(reader: ByteReader): MirrorReport {
  const shard = toShardId(reader.varint());
  const [epoch, term, entry, place] = [reader.varint(), reader.varint(), reader.varint(), reader.varint()];
  return { shard, position: { epoch, term, entry, place } };
}

/** Who changed what and when: durable, newest first. Layout: docs/formats/collection-records.md. */

import { ByteReader, ByteWriter, PeregrineError, toCollectionId, toSlot } from '../base/index.ts';
import { KeyWriter, type Shards, type Store } from '../storage/index.ts';
import { MetaKind } from './meta-kinds.ts';

/** One change that somebody asked for; it holds no secret and no content. */
export interface AuditEntry {
  readonly at_ms: number;
  /** `admin`, `session`, `key ID` or `local`. */
  readonly who: string;
  /** Where from: an address, or empty. */
  readonly from: string;
  /** Method and path, such as `POST /crawl`. */
  readonly what: string;
  /** Status of the answer. */
  readonly status: number;
  /** What it was about, in a few words. */
  readonly about: string;
}

export interface AuditTrail {
  append(entry: AuditEntry): Promise<void>;
  /** The newest first. */
  recent(limit: number): Promise<readonly AuditEntry[]>;
}

/** Entries kept; the oldest leave as new ones come. */
const AUDIT_ENTRIES_KEPT = 10_000;

const VALUE_VERSION = 1;
const SLOT = toSlot(0);
const PROCESS = toCollectionId(0);
/** Times are kept as what is left to the end of six bytes, so that the newest stands first. */
const LATEST_MS: number = 2 ** 48 - 1;

export class StoredAuditTrail implements AuditTrail {
  readonly #store: Store;
  #n = 0;

  constructor(shards: Shards) {
    this.#store = shards.of(SLOT);
  }

  async append(entry: AuditEntry): Promise<void> {
    this.#n = (this.#n + 1) % 65_536;
    const key = keyOf(LATEST_MS - entry.at_ms, this.#n);
    await this.#store.append({ records: [{ database: 'meta', key, value: encodeEntry(entry) }] });
    // Looked at now and then only: it reads all of them.
    if (this.#n % 1_000 === 1) await this.#forgetOldest();
  }

  async recent(limit: number): Promise<readonly AuditEntry[]> {
    const { records } = await this.#store.range({ database: 'meta', ...RANGE, limit, byteTarget: 8_388_608 });
    return records.map(({ value }) => decodeEntry(value));
  }

  async #forgetOldest(): Promise<void> {
    const old: Uint8Array[] = [];
    let n = 0;
    for await (const { key } of this.#store.scan({ database: 'meta', ...RANGE, skipLost: true })) {
      n += 1;
      if (n > AUDIT_ENTRIES_KEPT) old.push(key.slice());
    }
    if (old.length === 0) return;
    await this.#store.append({ records: old.map((key) => ({ database: 'meta', key, value: undefined })) });
  }
}

function keyOf(left_ms: number, n: number): Uint8Array {
  return new KeyWriter('meta', SLOT, PROCESS).u8(MetaKind.audit).u48(left_ms).u16(n).finish();
}

const RANGE = { start: keyOf(0, 0), end: keyOf(LATEST_MS, 65_535) } as const;

export function encodeEntry({ at_ms, who, from, what, status, about }: AuditEntry): Uint8Array {
  const to = new ByteWriter(64 + about.length).u8(VALUE_VERSION).f64(at_ms).u16(status);
  return to.text(who).text(from).text(what).text(about).finish();
}

export function decodeEntry(bytes: Uint8Array): AuditEntry {
  const reader = new ByteReader(bytes);
  const version = reader.u8();
  if (version !== VALUE_VERSION) {
    throw new PeregrineError('UNSUPPORTED_VERSION', `An audit entry is of version ${version}.`, { version });
  }
  const at_ms = reader.f64();
  const status = reader.u16();
  return {
    at_ms,
    status,
    who: reader.text(),
    from: reader.text(),
    what: reader.text(),
    about: reader.text(),
  };
}

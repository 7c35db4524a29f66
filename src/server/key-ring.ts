/** The stored keys of a data directory: made, listed and revoked by the administrator; only hashes are kept. */

import { randomBytes, timingSafeEqual } from 'node:crypto';
import { join } from 'node:path';

import { z } from 'zod';

import { openForReadingOnly, PeregrineError, Serial } from '../base/index.ts';
import { newKey } from './admin-key.ts';
import { derivedKeyParts, derivedRestrictions, hashOfSecret, storedKeyParts } from './derived-key.ts';
import { ACTIONS, type Grant, narrowed } from './grants.ts';
import { readIfThere, type SecretFileUse, writeSecret } from './secret-file.ts';

export const KEYS_FILE = 'keys.json';
const KEYS_MAX = 10_000;

/** A key as it is listed: everything but what opens. */
export interface KeyEntry extends Grant {
  readonly id: string;
  readonly description: string;
  readonly created_ms: number;
}

/** Whose request it is. */
export interface KeyHolder {
  readonly keyId: string;
  readonly grant: Grant;
}

const VERSION = 1;

const entrySchema = z.strictObject({
  id: z.string(),
  description: z.string(),
  created_ms: z.number(),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  actions: z.array(z.enum(ACTIONS)),
  collections: z.array(z.string()).optional(),
  expires_ms: z.number().optional(),
  rate_per_min: z.number().optional(),
  filters: z.array(z.string()).optional(),
});
const fileSchema = z.strictObject({ version: z.literal(VERSION), keys: z.array(entrySchema) });
type StoredKey = z.infer<typeof entrySchema>;

export class KeyRing {
  readonly #path: string | undefined;
  readonly #readsOnly: boolean;
  readonly #keys: Map<string, StoredKey>;
  readonly #writes = new Serial();

  private constructor(path: string | undefined, keys: readonly StoredKey[], readsOnly = false) {
    this.#path = path;
    this.#readsOnly = readsOnly;
    this.#keys = new Map(keys.map((key) => [key.id, key]));
  }

  /** `CORRUPT` when the file can't be read. */
  static async open(dataDirectory: string, { readsOnly = false }: SecretFileUse = {}): Promise<KeyRing> {
    const path = join(dataDirectory, KEYS_FILE);
    const text = await readIfThere(path);
    return new KeyRing(path, text === undefined ? [] : storedKeys(text, path), readsOnly);
  }

  /** One that keeps nothing on disk. */
  static inMemory(): KeyRing {
    return new KeyRing(undefined, []);
  }

  list(): readonly KeyEntry[] {
    return [...this.#keys.values()].map(({ hash: _hash, ...entry }) => entry);
  }

  /** Makes a key; `key` is shown only this once. `TOO_LARGE` beyond {@link KEYS_MAX}. */
  async create(
    grant: Grant,
    { description, now_ms }: { readonly description: string; readonly now_ms: number },
  ): Promise<{ readonly key: string; readonly entry: KeyEntry }> {
    if (this.#keys.size >= KEYS_MAX) {
      throw new PeregrineError('TOO_LARGE', `At most ${KEYS_MAX} keys are kept. Revoke some first.`);
    }
    const id = randomBytes(9).toString('base64url');
    const secret = newKey();
    const entry: KeyEntry = { id, description, created_ms: now_ms, ...grant };
    await this.#change(() =>
      this.#keys.set(id, entrySchema.parse({ ...entry, hash: hashOfSecret(secret).toString('hex') })),
    );
    return { key: `pk.${id}.${secret}`, entry };
  }

  /** True when there was one. Keys that were derived from it end with it. */
  async revoke(id: string): Promise<boolean> {
    if (!this.#keys.has(id)) return false;
    await this.#change(() => this.#keys.delete(id));
    return true;
  }

  /** Who holds `key`, stored or derived; undefined for one that opens nothing. Says nothing of its expiry. */
  holderOf(key: string): KeyHolder | undefined {
    const parts = storedKeyParts(key);
    if (parts !== undefined) {
      const stored = this.#keys.get(parts.id);
      if (stored === undefined) return undefined;
      const isRight = timingSafeEqual(hashOfSecret(parts.secret), Buffer.from(stored.hash, 'hex'));
      return isRight ? { keyId: stored.id, grant: stored } : undefined;
    }
    const derived = derivedKeyParts(key);
    const parent = derived === undefined ? undefined : this.#keys.get(derived.parentId);
    if (derived === undefined || parent === undefined) return undefined;
    const restrictions = derivedRestrictions(derived, Buffer.from(parent.hash, 'hex'));
    return restrictions === undefined
      ? undefined
      : { keyId: parent.id, grant: narrowed(parent, restrictions) };
  }

  /** Nothing is changed that could not be written. */
  async #change(change: () => void): Promise<void> {
    if (this.#readsOnly) throw openForReadingOnly();
    await this.#writes.run(async () => {
      const before = [...this.#keys];
      change();
      if (this.#path === undefined) return;
      try {
        const file = { version: VERSION, keys: [...this.#keys.values()] };
        await writeSecret(this.#path, `${JSON.stringify(file, null, 2)}\n`);
      } catch (error) {
        this.#keys.clear();
        for (const [id, key] of before) this.#keys.set(id, key);
        throw error;
      }
    });
  }
}

function storedKeys(text: string, path: string): readonly StoredKey[] {
  try {
    return fileSchema.parse(JSON.parse(text)).keys;
  } catch (error) {
    throw new PeregrineError(
      'CORRUPT',
      `The key file ${path} can't be read. Remove it to begin with no keys but the admin key.`,
      { file: path },
      error,
    );
  }
}

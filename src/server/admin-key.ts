/**
 * The keys that open a server: the administrator's, made once and kept as a hash, and the control key, made anew at
 * each start for commands on the same machine. Files: docs/formats/access-files.md.
 */

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { openForReadingOnly, PeregrineError } from '../base/index.ts';
import { readIfThere, type SecretFileUse, writeSecret } from './secret-file.ts';

/** Says whether a key is the right one, in a time that does not depend on how much of it is right. */
export interface KeyCheck {
  matches(candidate: string): boolean;
  /** Grows when the key is replaced, which ends the sessions that the old one began. Default 0. */
  readonly generation?: number;
}

/** The administrator's key of a data directory, as long as its server runs. */
export interface AdminKey extends KeyCheck {
  readonly generation: number;
  /** Makes a new key, which is valid at once and the old one no longer; returns it, the only time that it is shown. */
  renew(): Promise<string>;
}

export const ADMIN_KEY_FILE = 'admin-key.json';
export const CONTROL_KEY_FILE = 'control.key';

const KEY_BYTES = 32;
const VERSION = 1;

/** A new key: 256 random bits in 43 characters that need no escaping in a URL, a header or a shell. */
export function newKey(): string {
  return randomBytes(KEY_BYTES).toString('base64url');
}

/** A check against a key that this process knows. */
export function keyCheck(key: string): KeyCheck {
  const hash = hashOfKey(key);
  return { matches: (candidate) => timingSafeEqual(hashOfKey(candidate), hash) };
}

/**
 * The administrator's key of a data directory. At the first start it is made and returned as `created`: the only time
 * that it can be shown, for only its hash is kept. Where nothing may be written it is good until this process ends. Throws `CORRUPT`
 * when the file can't be read.
 */
export async function openAdminKey(
  dataDirectory: string,
  { readsOnly = false }: SecretFileUse = {},
): Promise<{ key: AdminKey; created: string | undefined }> {
  const path = join(dataDirectory, ADMIN_KEY_FILE);
  const stored = await readIfThere(path);
  let hash = stored === undefined ? undefined : storedHash(stored, path);
  let generation = 0;
  const renew = async (): Promise<string> => {
    if (readsOnly) throw openForReadingOnly();
    const key = newKey();
    hash = await storeAdminKey(path, key);
    generation += 1;
    return key;
  };
  const ofThisProcess = (): string => {
    const key = newKey();
    hash = hashOfKey(key);
    return key;
  };
  const created = hash !== undefined ? undefined : readsOnly ? ofThisProcess() : await renew();
  const key: AdminKey = {
    matches: (candidate) => hash !== undefined && timingSafeEqual(hashOfKey(candidate), hash),
    get generation() {
      return generation;
    },
    renew,
  };
  return { key, created };
}

/** Takes back a key that was made and that nobody was shown: the next start makes another, and shows it. */
export async function withdrawAdminKey(dataDirectory: string): Promise<void> {
  await rm(join(dataDirectory, ADMIN_KEY_FILE), { force: true });
}

/** Makes the control key of this run and leaves it where only the owner of the directory can read it. */
export async function createControlKey(dataDirectory: string): Promise<string> {
  const key = newKey();
  await writeSecret(join(dataDirectory, CONTROL_KEY_FILE), `${key}\n`);
  return key;
}

/** The control key that a running process left, or undefined. */
export async function readControlKey(dataDirectory: string): Promise<string | undefined> {
  return (await readIfThere(join(dataDirectory, CONTROL_KEY_FILE)))?.trim();
}

export async function removeControlKey(dataDirectory: string): Promise<void> {
  await rm(join(dataDirectory, CONTROL_KEY_FILE), { force: true });
}

function hashOfKey(key: string): Buffer {
  return createHash('sha256').update(key, 'utf8').digest();
}

/** Writes the hash of `key` and returns it. */
async function storeAdminKey(path: string, key: string): Promise<Buffer> {
  // A plain SHA-256 is enough here: slow hashes protect secrets that people choose, and 256 random bits leave nothing
  // to try out. A slow one would only let strangers buy our processor time with wrong keys.
  const hash = hashOfKey(key);
  const file = {
    version: VERSION,
    algorithm: 'sha256',
    hash: hash.toString('hex'),
    created: new Date().toISOString(),
  };
  await writeSecret(path, `${JSON.stringify(file, null, 2)}\n`);
  return hash;
}

function storedHash(text: string, path: string): Buffer {
  const hash = hashField(text);
  if (hash === undefined) {
    throw new PeregrineError(
      'CORRUPT',
      `The key file ${path} can't be read. Remove it to have a new key made at the next start.`,
      { file: path },
    );
  }
  return Buffer.from(hash, 'hex');
}

function hashField(text: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== 'object' || parsed === null) return undefined;
    const { version, algorithm, hash } = parsed as Record<string, unknown>;
    if (version !== VERSION || algorithm !== 'sha256' || typeof hash !== 'string') return undefined;
    return /^[0-9a-f]{64}$/.test(hash) ? hash : undefined;
  } catch {
    return undefined;
  }
}

/** The key that signs a data directory's bundles: made when it is first needed, readable by its owner alone. */

import type { KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { PeregrineError } from '../../base/index.ts';
import { replaceFile } from '../../disk/index.ts';
import { newSigningKey, publicKeyOf, signingKeyOf } from './bundle-manifest.ts';

/** PKCS #8, as PEM. */
export const SIGNING_KEY_FILE = 'bundle-signing.key';

/** `READ_ONLY` where there is none and none may be made. */
export async function directorySigningKey(
  dataDirectory: string,
  { mayMake = true }: { readonly mayMake?: boolean } = {},
): Promise<KeyObject> {
  const known = await readKey(dataDirectory);
  if (known !== undefined) return known;
  if (!mayMake) {
    throw new PeregrineError(
      'READ_ONLY',
      'This data directory has no key to sign bundles with, and is open for reading only: make a first bundle where it can be written, or export its documents instead.',
      { file: join(dataDirectory, SIGNING_KEY_FILE) },
    );
  }
  const path = join(dataDirectory, SIGNING_KEY_FILE);
  const key = newSigningKey();
  await replaceFile(path, String(key.export({ format: 'pem', type: 'pkcs8' })), {
    mode: 0o600,
    isShared: true,
  });
  return key;
}

/** By which others know its bundles; undefined until the first was made. */
export async function directoryPublicKey(dataDirectory: string): Promise<string | undefined> {
  const key = await readKey(dataDirectory);
  return key === undefined ? undefined : publicKeyOf(key);
}

async function readKey(dataDirectory: string): Promise<KeyObject | undefined> {
  try {
    return signingKeyOf(await readFile(join(dataDirectory, SIGNING_KEY_FILE), 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The key that signs a data directory's bundles: made when it is first needed, readable by its owner alone. */

import { type KeyObject, randomBytes } from 'node:crypto';
import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';

import { newSigningKey, signingKeyOf } from './bundle-manifest.ts';

/** PKCS #8, as PEM. */
export const SIGNING_KEY_FILE = 'bundle-signing.key';

export async function directorySigningKey(dataDirectory: string): Promise<KeyObject> {
  const path = join(dataDirectory, SIGNING_KEY_FILE);
  try {
    return signingKeyOf(await readFile(path, 'utf8'));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  const key = newSigningKey();
  const aside = `${path}.${randomBytes(4).toString('hex')}`;
  const handle = await open(aside, 'wx', 0o600);
  try {
    await handle.writeFile(String(key.export({ format: 'pem', type: 'pkcs8' })));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(aside, path);
  return key;
}

/** The object store that a place names: a folder or a bucket. */

import { stat } from 'node:fs/promises';

import { PeregrineError } from '../../base/index.ts';
import type { ObjectStore } from './object-store.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** `s3://bucket/prefix`, or the path of a folder. `BAD_ARGUMENT`. */
export async function openObjectStore(place: string, env: Environment): Promise<ObjectStore> {
  if (/^s3:\/\//i.test(place)) return (await import('./s3-objects.ts')).openS3Objects(place, env);
  // A slip of the pen, or a service that is not spoken: a folder of that name is what nobody wants.
  if (/^[a-z][a-z0-9+.-]+:\//i.test(place))
    throw new PeregrineError('BAD_ARGUMENT', `${place} is neither a folder nor like s3://bucket/prefix.`);
  const found = await stat(place).catch(() => undefined);
  if (found?.isDirectory() === false)
    throw new PeregrineError('BAD_ARGUMENT', `${place} is a file: name a folder, or s3://bucket/prefix.`);
  const { FolderObjects } = await import('./folder-objects.ts');
  return new FolderObjects(place);
}

/** The object store that a place names: a folder or a bucket. */

import type { ObjectStore } from './object-store.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** `s3://bucket/prefix`, or the path of a folder. `BAD_ARGUMENT`. */
export async function openObjectStore(place: string, env: Environment): Promise<ObjectStore> {
  if (/^s3:\/\//i.test(place)) return (await import('./s3-objects.ts')).openS3Objects(place, env);
  const { FolderObjects } = await import('./folder-objects.ts');
  return new FolderObjects(place);
}

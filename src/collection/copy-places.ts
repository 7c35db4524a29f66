/** Where copies of a data directory were put, so that it can be said later who else holds a page. Named in a file of the directory. */

import { readFile, rename, writeFile } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';

import { messageOf, PeregrineError } from '../base/index.ts';

export const COPY_PLACES_FILE = 'copy-places.json';
const COPY_PLACES_VERSION = 1;
/** Later ones push out the oldest. */
const MAX_PLACES = 1_000;

export interface CopyPlace {
  /** `directory`: a copy of the data directory itself. `repository`: a folder or a bucket of snapshots. */
  readonly kind: 'directory' | 'repository';
  readonly place: string;
}

/** Places that are being noted: one after the other, for each is added to what stands in the file. */
let noting: Promise<void> = Promise.resolve();

/** Remembers a place; what lies inside the data directory itself is none. */
export function noteCopyPlace(dataDirectory: string, copy: CopyPlace): Promise<void> {
  const noted = noting.then(() => addPlace(dataDirectory, copy));
  noting = noted.catch(() => undefined);
  return noted;
}

async function addPlace(dataDirectory: string, { kind, place }: CopyPlace): Promise<void> {
  if (place.startsWith(`${resolve(dataDirectory)}${sep}`)) return;
  const known = await copyPlaces(dataDirectory);
  const others = known.filter((each) => each.kind !== kind || each.place !== place);
  if (others.length === known.length - 1 && known.at(-1)?.place === place) return;
  const places = [...others, { kind, place }].slice(-MAX_PLACES);
  const path = join(dataDirectory, COPY_PLACES_FILE);
  await writeFile(`${path}.new`, JSON.stringify({ version: COPY_PLACES_VERSION, places }), {
    mode: 0o600,
    flush: true,
  });
  await rename(`${path}.new`, path);
}

/** The latest last. `CORRUPT`, `IO`, `UNSUPPORTED_VERSION`. */
export async function copyPlaces(dataDirectory: string): Promise<readonly CopyPlace[]> {
  const file = join(dataDirectory, COPY_PLACES_FILE);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw new PeregrineError('IO', messageOf(error), { file }, error);
  }
  let read: { readonly version: number; readonly places: readonly CopyPlace[] };
  try {
    read = JSON.parse(text) as typeof read;
  } catch (error) {
    throw new PeregrineError('CORRUPT', `${file} is no JSON.`, { file }, error);
  }
  if (read.version === COPY_PLACES_VERSION) return read.places;
  throw new PeregrineError('UNSUPPORTED_VERSION', `${file} is of version ${read.version}.`, { file });
}

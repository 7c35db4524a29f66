/** Which imports a folder of a Gigablast asks for: one for each of its collections. */

import type { CollectionName } from '../collection/index.ts';
import { findOldCollections, type OldCollection } from './gigablast/title-files.ts';
import type { ImportRequest } from './import-job.ts';

export interface PlannedImport {
  readonly collection: CollectionName;
  readonly request: ImportRequest;
}

/**
 * One collection goes into `target`. Of several, each goes into one of its own name, unless `isTargetChosen`: then all go
 * into the one that was asked for. `request.from` picks one of them. `NOT_FOUND`, `IO`.
 */
export async function planImports(
  request: ImportRequest,
  target: CollectionName,
  isTargetChosen: boolean,
): Promise<PlannedImport[]> {
  if (request.from !== undefined) return [{ collection: target, request }];
  const found = await findOldCollections(request.directory);
  if (found.length <= 1) return [{ collection: target, request }];
  const names = isTargetChosen ? new Map<string, CollectionName>() : distinctNames(found, target);
  return found.map(({ name }) => ({
    collection: names.get(name) ?? target,
    request: { ...request, from: name },
  }));
}

/** Names of ours for theirs; whose own name may stay keeps it. */
function distinctNames(found: readonly OldCollection[], target: CollectionName): Map<string, CollectionName> {
  const names = new Map<string, CollectionName>();
  const taken = new Set<CollectionName>();
  const wanted = found.map(({ name }) => ({ name, own: collectionNameOf(name, target) }));
  const first = wanted.filter(({ name, own }) => name === own);
  const others = wanted.filter(({ name, own }) => name !== own);
  for (const { name, own } of [...first, ...others]) names.set(name, distinct(own, taken));
  return names;
}

/** Theirs may differ in letters alone that ours do not have. */
function distinct(name: CollectionName, taken: Set<CollectionName>): CollectionName {
  let free = name;
  for (let n = 2; taken.has(free); n++) free = `${name.slice(0, 60)}-${n}`;
  taken.add(free);
  return free;
}

/** A name of ours for a name of theirs, which may hold anything that a file name may. */
function collectionNameOf(name: string, target: CollectionName): CollectionName {
  const plain = name
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, '-')
    .replace(/^[^a-z0-9]+/, '')
    .slice(0, 64);
  return plain === '' ? target : plain;
}

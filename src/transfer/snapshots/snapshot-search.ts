/** Which snapshots hold a page: each that this installation knows of is opened and asked. */

import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { messageOf } from '../../base/index.ts';
import {
  type CollectionName,
  type CopyPlace,
  copyPlaces,
  type Engine,
  withFolderAside,
} from '../../collection/index.ts';
import { BundleFolder } from '../bundles/bundle-folder.ts';
import { bundleFeed } from '../bundles/bundle-documents.ts';
import { openManifest } from '../bundles/bundle-manifest.ts';
import type { ObjectStore } from './object-store.ts';
import { openObjectStore } from './open-object-store.ts';
import { restoreDirectory } from './restore-directory.ts';
import type { SnapshotManifest } from './snapshot-manifest.ts';
import { fetchSnapshot, listSnapshots } from './snapshot-repository.ts';
import { readPlan } from './snapshot-schedule.ts';
import { withCopyOpen } from './take-snapshot.ts';

export interface SnapshotFinding {
  readonly place: string;
  /** As the place names it; empty where the place is one copy. */
  readonly id: string;
  /** Of the pages asked for, those that are in it. */
  readonly pages: number;
  /** Why it could not be looked into: it may hold them. */
  readonly why?: string;
}

export interface SnapshotQuestion {
  readonly collection: CollectionName;
  readonly urls: readonly string[];
}

/** Those that hold one of the pages, and those of which it can't be said. What was deleted holds nothing. */
export async function snapshotsHolding(
  engine: Engine,
  question: SnapshotQuestion,
): Promise<readonly SnapshotFinding[]> {
  const { dataDirectory } = await engine.status();
  const aside: Aside = async (look) => withFolderAside(dataDirectory, look);
  const places = [...(await copyPlaces(dataDirectory))];
  const plan = await readPlan(dataDirectory);
  if (plan !== undefined && !places.some(({ place }) => place === plan.place)) {
    places.push({ kind: 'repository', place: plan.place });
  }
  const findings: SnapshotFinding[] = [];
  for (const place of places) {
    findings.push(...(await lookAt(aside, place, question)));
  }
  return findings.filter(({ pages, why }) => pages > 0 || why !== undefined);
}

type Aside = (look: (folder: string) => Promise<Found>) => Promise<Found>;

async function lookAt(
  aside: Aside,
  { kind, place }: CopyPlace,
  question: SnapshotQuestion,
): Promise<SnapshotFinding[]> {
  const state = /^s3:/i.test(place) ? 'there' : await folderState(place);
  if (state === 'deleted') return [];
  if (state === 'away') return [{ place, id: '', pages: 0, why: 'it is not there now' }];
  if (kind === 'directory') {
    const inCopy = aside(async (folder) => pagesInDirectory(place, folder, question));
    return [{ place, id: '', ...(await inCopy.catch(whyNot)) }];
  }
  const opened = await openRepository(place).catch(whyNot);
  if ('why' in opened) return [{ place, id: '', ...opened }];
  const { store, manifests } = opened;
  const findings: SnapshotFinding[] = [];
  for (const manifest of manifests) {
    if (manifest.kind === 'collection' && manifest.collection !== question.collection) continue;
    const inSnapshot = aside(async (folder) => {
      await fetchSnapshot(store, manifest, join(folder, 'files'));
      return pagesInFiles(manifest, folder, question);
    });
    findings.push({ place, id: manifest.id, ...(await inSnapshot.catch(whyNot)) });
  }
  return findings;
}

type Found = Pick<SnapshotFinding, 'pages' | 'why'>;

function whyNot(error: unknown): Required<Found> {
  return { pages: 0, why: messageOf(error) };
}

async function openRepository(
  place: string,
): Promise<{ readonly store: ObjectStore; readonly manifests: readonly SnapshotManifest[] }> {
  const store = await openObjectStore(place, process.env);
  return { store, manifests: await listSnapshots(store) };
}

/** A folder that is empty, or whose parent is, may be a disk that is not mounted; else what is not there was deleted. */
async function folderState(path: string): Promise<'there' | 'away' | 'deleted'> {
  const names = await namesIn(path);
  if (names !== undefined) return names.length > 0 ? 'there' : 'away';
  return ((await namesIn(dirname(path))) ?? []).length > 0 ? 'deleted' : 'away';
}

async function namesIn(path: string): Promise<readonly string[] | undefined> {
  return readdir(path).catch(() => undefined);
}

async function pagesInFiles(
  { kind }: SnapshotManifest,
  folder: string,
  question: SnapshotQuestion,
): Promise<Found> {
  const files = join(folder, 'files');
  if (kind === 'all') return pagesInDirectory(files, folder, question);
  const bundle = new BundleFolder(files);
  const wanted = new Set(question.urls);
  let pages = 0;
  for await (const item of bundleFeed(bundle, openManifest(await bundle.manifest()))) {
    if (item.kind === 'document' && wanted.delete(item.source.url)) pages += 1;
  }
  return { pages };
}

/** Of a copy of a data directory. It is opened as a copy, for opening begins to write. */
async function pagesInDirectory(
  directory: string,
  folder: string,
  { collection, urls }: SnapshotQuestion,
): Promise<Found> {
  const copy = join(folder, 'opened');
  await restoreDirectory(directory, copy);
  return withCopyOpen(copy, async (engine) => {
    let pages = 0;
    if (!engine.collections().includes(collection)) return { pages };
    for (const url of urls) if ((await engine.get(collection, { url })) !== undefined) pages += 1;
    return { pages };
  });
}

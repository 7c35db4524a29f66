/**
 * Fetches a shard's files from another host, beside the ones that are open; the next start puts them in their place.
 * A broken connection goes on where it stopped; a file whose checksum is wrong is fetched again.
 */

import { json } from 'node:stream/consumers';

import { PeregrineError, type ShardId } from '../base/index.ts';
import { type Disk, directoryOfPath, removeTree } from '../disk/index.ts';
import { shardDirectory } from '../storage/index.ts';
import { askForCopy } from './copy-connection.ts';
import { type CopyOffer, hashText, readWhole } from './copy-server.ts';

const ATTEMPTS = 5;
const DONE_FILE = 'whole';
const SUFFIX = '.incoming';

export interface CopySource {
  /** `https://host:port` of the other host's copy server. */
  readonly address: string;
  readonly secret: string;
  readonly shard: ShardId;
}

/** `UNAVAILABLE`, `CORRUPT`, `DISK_FULL`, `IO`, `CANCELLED`. */
export async function fetchCopy(disk: Disk, source: CopySource, signal: AbortSignal): Promise<void> {
  const target = shardDirectory(source.shard) + SUFFIX;
  await removeTree(disk, target);
  const asked = await askForCopy(source, { method: 'POST', path: `/shards/${source.shard}` }, signal);
  const offer = (await json(asked)) as CopyOffer;
  const directories = new Set([target, `${target}/log`, `${target}/parts`]);
  for (const { path } of offer.files) directories.add(directoryOfPath(`${target}/${path}`));
  for (const directory of [...directories].sort()) await disk.makeDirectory(directory);
  for (const { path, size_bytes, hash } of offer.files) {
    await fetchFile(
      disk,
      source,
      `/copies/${offer.id}/${path}`,
      `${target}/${path}`,
      { size_bytes, hash },
      signal,
    );
  }
  for (const directory of directories) await disk.syncDirectory(directory);
  const mark = await disk.open(`${target}/${DONE_FILE}`, 'create');
  await mark.sync();
  await mark.close();
  await disk.syncDirectory(target);
  const over = await askForCopy(source, { method: 'DELETE', path: `/copies/${offer.id}` }, signal).catch(
    () => undefined,
  );
  over?.resume();
}

/** Puts whole copies in the place of what they replace, and takes unfinished ones away. Before any store is opened. */
export async function adoptCopies(disk: Disk): Promise<void> {
  for (const name of await disk.list('')) {
    if (name.endsWith(SUFFIX)) await adoptCopy(disk, name.slice(0, -SUFFIX.length));
  }
}

/** Puts a whole copy in the place of `directory`, which must not be open; an unfinished one goes. */
export async function adoptCopy(disk: Disk, directory: string): Promise<void> {
  const incoming = directory + SUFFIX;
  if ((await disk.stat(`${incoming}/${DONE_FILE}`)) === undefined) return removeTree(disk, incoming);
  await removeTree(disk, directory);
  await disk.rename(incoming, directory);
  await disk.syncDirectory('');
  await disk.remove(`${directory}/${DONE_FILE}`);
}

async function fetchFile(
  disk: Disk,
  source: CopySource,
  path: string,
  target: string,
  { size_bytes, hash }: { readonly size_bytes: number; readonly hash: string },
  signal: AbortSignal,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await fetchRest(disk, source, path, target, size_bytes, signal);
      if (hashText(await readWhole(disk, target)) === hash) return;
      await disk.remove(target);
      throw new PeregrineError('CORRUPT', `${path} did not arrive as it was sent.`, { file: target });
    } catch (error) {
      if (signal.aborted || attempt >= ATTEMPTS) throw error;
    }
  }
}

async function fetchRest(
  disk: Disk,
  source: CopySource,
  path: string,
  target: string,
  size_bytes: number,
  signal: AbortSignal,
): Promise<void> {
  const have = (await disk.stat(target))?.size_bytes ?? 0;
  const file = await disk.open(
    target,
    have === 0 && (await disk.stat(target)) === undefined ? 'create' : 'write',
  );
  try {
    let at = have;
    if (at >= size_bytes) return;
    const call = { method: 'GET', path, headers: { range: `bytes=${at}-` } };
    for await (const chunk of await askForCopy(source, call, signal)) {
      await file.write(chunk as Buffer, at);
      at += (chunk as Buffer).length;
    }
    if (at !== size_bytes)
      throw new PeregrineError('UNAVAILABLE', `${path} broke off at ${at} of ${size_bytes} bytes.`);
    await file.sync();
  } finally {
    await file.close();
  }
}

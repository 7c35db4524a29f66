/** The thread on which merges work: opens the sources for itself, writes one part a request, and answers. */

import { parentPort } from 'node:worker_threads';

import { must, silentLog, standBehind, systemClock, systemRandom } from '../base/index.ts';
import { openRealDisk } from '../disk/index.ts';
import { FileHandles } from './file-handles.ts';
import { MergeBrake } from './merge-brake.ts';
import type { MergeReply, MergeRequest } from './merge-executor.ts';
import { messageOfError } from './merge-messages.ts';
import { mergePart, type MergeStepResult } from './merge-part.ts';
import { PartReader } from './part-reader.ts';
import { SievePageCache } from './page-cache.ts';
import { RetryingReads } from './retrying-reads.ts';
import { RunReader } from './run.ts';

/** For map pages; data pages of a merge are not kept. */
const CACHE_BYTES: number = 4 * 1024 * 1024;

const STOP_LOOK_MS = 100;

const port = must(parentPort, 'the thread that asks for merges');

standBehind();

port.on('message', (request: MergeRequest) => {
  mergeOnce(request).then(
    (result) => reply({ id: request.id, result }),
    (error: unknown) => reply({ id: request.id, error: messageOfError(error) }),
  );
});

function reply(message: MergeReply): void {
  port.postMessage(message, []);
}

async function mergeOnce(request: MergeRequest): Promise<MergeStepResult | undefined> {
  const { root, database, step, sources } = request;
  const disk = await openRealDisk(root);
  const cache = new SievePageCache(CACHE_BYTES);
  const handles = new FileHandles();
  const reads = new RetryingReads({ clock: systemClock, random: systemRandom, log: silentLog });
  const brake = new MergeBrake(request.brake);
  // A read that is tried again without end stops when the merge does.
  const watch = setInterval(() => brake.isStopped && reads.close(), STOP_LOOK_MS);
  const runs = sources.map(({ number, order, consumed, parts, paths }) => {
    const readers = parts.map((entry, i) => {
      const path = must(paths[i], 'the path of a part');
      return new PartReader(disk, path, database, entry, cache, silentLog, reads, handles);
    });
    return new RunReader({ number, order, consumed, parts }, readers);
  });
  try {
    return await mergePart(disk, runs, step, brake);
  } finally {
    clearInterval(watch);
    for (const run of runs) for (const part of run.parts) await part.close();
  }
}

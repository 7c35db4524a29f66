/** Documents in and out as administrators ask for it, by page or by program: tasks in the background, with what came of them. */

import type { CollectionName } from '../collection/index.ts';
import {
  type FileExport,
  placeInWords,
  reasonsInWords,
  refuseChanges,
  type ResultOf,
  runTransferTask,
  type TransferTask,
} from '../transfer/index.ts';
import type { TaskOutcome, TaskState } from './background-tasks.ts';
import type { ServerContext } from './server-context.ts';
import { count, counted, shortened, size } from './wording.ts';

/** Begins a task under a name; returns its id. `ALREADY_EXISTS`, `QUEUE_FULL`, `READ_ONLY`. */
export function transferInBackground(
  { engine, tasks }: ServerContext,
  name: string,
  collection: CollectionName,
  task: TransferTask,
): string {
  refuseChanges(engine, task);
  return tasks.start(name, async (onProgress, signal) => {
    const result = await runTransferTask(
      engine,
      collection,
      task,
      ({ documents, sentence }) => onProgress({ done: documents, total: 0, what: sentence }),
      signal,
    );
    return outcomeOf(task, result);
  });
}

/** Begins an export; its file tells it from others. */
export function exportInBackground(
  context: ServerContext,
  collection: CollectionName,
  wanted: FileExport,
): string {
  return transferInBackground(context, exportName(wanted.file), collection, { task: 'export', ...wanted });
}

/** The task that writes into a file now. */
export function exportUnderWay({ tasks }: ServerContext, file: string): TaskState | undefined {
  return tasks.list().find(({ name, state }) => state === 'running' && name === exportName(file));
}

function exportName(file: string): string {
  return `Export into ${file}`;
}

/** Begins what is done with every document that a query finds. */
export function foundInBackground(
  context: ServerContext,
  collection: CollectionName,
  task: 'remove' | 'reindex',
  query: string,
): string {
  const name = `${task === 'remove' ? 'Remove' : 'Index again'} what “${shortened(query, 60)}” finds in ${collection}`;
  return transferInBackground(context, name, collection, { task, query });
}

/** What came of a task, in sentences. */
function outcomeOf(task: TransferTask, result: ResultOf<TransferTask>): TaskOutcome {
  if ('reindexed' in result) {
    const { sentence, problems, refused } = result;
    return { isSound: refused === 0, sentences: [sentence, ...problems] };
  }
  if ('problems' in result) {
    const { read, imported, unchanged, superseded, skipped, failed, lost_bytes, problems, reasons } = result;
    const because = reasonsInWords(reasons);
    const verb = isDry(task) ? 'would be imported' : 'imported';
    return {
      isSound: failed === 0 && lost_bytes === 0,
      sentences: [
        `${counted(read, 'record', 'records')} read: ${count(imported)} ${verb}, ${count(unchanged)} there already, ${count(superseded)} older, ${count(skipped)} no pages, ${count(failed)} refused, ${size(lost_bytes)} lost.`,
        ...(because === '' ? [] : [`Why: ${because}.`]),
        ...problems.map(
          ({ url, why, ...place }) => `${placeInWords(place)}: ${url === '' ? '' : `${url}: `}${why}`,
        ),
      ],
    };
  }
  if ('sentence' in result) return { isSound: true, sentences: [result.sentence] };
  if ('size_bytes' in result) {
    const { documents, size_bytes, wasResumed } = result;
    const written = `${counted(documents, 'document', 'documents')} written, ${size(size_bytes)}`;
    return {
      isSound: true,
      sentences: [`${written}${wasResumed ? '; it went on where it had stopped' : ''}.`],
    };
  }
  if ('chunks' in result) {
    const { documents, chunks, name, publicKey } = result;
    const of = `${counted(documents, 'document', 'documents')} in ${counted(chunks.length, 'chunk', 'chunks')}`;
    return { isSound: true, sentences: [`${of}, "${name}", signed by ${publicKey}.`] };
  }
  return { isSound: true, sentences: ['Done.'] };
}

function isDry(task: TransferTask): boolean {
  return task.task === 'import' && task.isDryRun === true;
}

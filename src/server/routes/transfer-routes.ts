/** Documents in and out over HTTP: files of the server brought in and written, pages forgotten. Each is a task: see `/tasks`. */

import type { FastifyInstance } from 'fastify';
import { z } from 'zod';

import { collectionRoute } from '../collection-route.ts';
import type { ServerContext } from '../server-context.ts';
import { exportInBackground, foundInBackground, transferInBackground } from '../transfer-desk.ts';

const collection = z.string().max(64).optional();
const serverPath = z
  .string('must be a path on the server')
  .max(4_096)
  .startsWith('/', 'must be a whole path, from /');

const importBody = z.object({
  c: collection,
  kind: z.enum(['ndjson', 'warc', 'csv', 'folder', 'mbox']).describe('What the file is.'),
  path: serverPath,
  base: z.string().max(8_192).optional().describe('Address below which documents without one are known.'),
  separator: z.enum([',', ';', '\t']).optional().describe('Of tables; default: a comma.'),
  atOnce: z.int().min(1).max(100).optional().describe('Documents in flight; default 32.'),
  isDryRun: z.boolean().optional().describe('Count, store nothing.'),
});
const exportBody = z.object({
  c: collection,
  file: serverPath.describe('A new file, or one whose export was stopped: it goes on.'),
  format: z.enum(['ndjson', 'warc', 'csv']).default('ndjson'),
  query: z.string().min(1).max(2_048).optional().describe('Only what this query finds.'),
});
const foundBody = z.object({
  c: collection,
  query: z.string().trim().min(1).max(2_048).describe('All that this query finds, to the letter.'),
});
const forgetBody = z
  .object({
    c: collection,
    urls: z.array(z.string().max(2_048)).max(10_000).default([]),
    query: z.string().min(1).max(2_048).optional().describe('And what this query finds.'),
    within_s: z
      .int()
      .min(1)
      .max(31_536_000)
      .optional()
      .describe('Time until every byte is gone; default 3600.'),
    snapshots: z.boolean().default(true).describe('Tell which snapshots hold them still.'),
  })
  .refine(({ urls, query }) => urls.length > 0 || query !== undefined, 'name pages, or a query');

export function installTransferRoutes(server: FastifyInstance, context: ServerContext): void {
  // Who names a file of the server reads and writes what the server may.
  const common = { method: 'POST', access: 'admin', tag: 'documents', statusCode: 202 } as const;

  collectionRoute(server, context, {
    ...common,
    url: '/import/file',
    summary:
      'Bring in a file of the server: lines of JSON, web archives, a table, a folder. GET /tasks tells how far it is.',
    takes: importBody,
    example: { kind: 'ndjson', path: '/srv/dumps/pages.ndjson.gz', isDryRun: true },
    run: async (collection, given) => {
      const task = { task: 'import', ...given } as const;
      return { task: transferInBackground(context, `Import of ${given.path}`, collection, task) };
    },
  });
  collectionRoute(server, context, {
    ...common,
    url: '/export',
    summary:
      'Write a collection, or what a query finds, into a new file of the server. GET /tasks tells how far it is.',
    takes: exportBody,
    example: { file: '/srv/dumps/pages.ndjson', query: 'lang:en' },
    run: async (collection, given) => ({ task: exportInBackground(context, collection, given) }),
  });
  for (const [task, summary] of [
    ['remove', 'Remove every document that a query finds'],
    ['reindex', 'Read and index anew, from its stored bytes, every document that a query finds'],
  ] as const) {
    collectionRoute(server, context, {
      ...common,
      url: `/${task}`,
      summary: `${summary}. GET /tasks tells how far it is.`,
      takes: foundBody,
      example: { query: 'site:old.example.org' },
      run: async (collection, { query }) => ({ task: foundInBackground(context, collection, task, query) }),
    });
  }
  collectionRoute(server, context, {
    ...common,
    url: '/forget',
    summary:
      'Forget pages: removed, banned, and written out of every file. GET /tasks tells when the bytes are gone, and which snapshots hold them still.',
    takes: forgetBody,
    example: { urls: ['https://old.example.org/private'] },
    run: async (collection, { urls, query, within_s, snapshots }) => {
      const task = {
        task: 'forget',
        urls,
        looksIntoSnapshots: snapshots,
        ...(query === undefined ? {} : { query }),
        ...(within_s === undefined ? {} : { within_ms: within_s * 1_000 }),
      } as const;
      const what = query ?? (urls.length === 1 ? (urls[0] ?? '') : `${urls.length} pages`);
      return { task: transferInBackground(context, `Forget ${what}`, collection, task) };
    },
  });
}

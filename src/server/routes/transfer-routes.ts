/** Documents in and out over HTTP: files of the server brought in and written, pages forgotten. Each is a task: see `/tasks`. */

import type { FastifyInstance } from 'fastify';
import { z } from 'zod';

import { readableCollection, type ServerContext } from '../server-context.ts';
import { transferInBackground } from '../transfer-desk.ts';

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
  file: serverPath.describe('A new file.'),
  format: z.enum(['ndjson', 'warc', 'csv']).default('ndjson'),
  query: z.string().min(1).max(2_048).optional().describe('Only what this query finds.'),
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
  const config = { access: 'admin', answers: 'json' } as const;

  server.post(
    '/import/file',
    {
      config: {
        ...config,
        description: {
          tag: 'documents',
          summary:
            'Bring in a file of the server: lines of JSON, web archives, a table, a folder. GET /tasks tells how far it is.',
          body: importBody,
          example: {
            url: '/import/file',
            body: { kind: 'ndjson', path: '/srv/dumps/pages.ndjson.gz', isDryRun: true },
          },
        },
      },
    },
    async (request, reply) => {
      const { c, ...given } = importBody.parse(request.body);
      const name = readableCollection(context, request, c);
      const fields = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
      const task = { task: 'import', ...(fields as Pick<typeof given, 'kind' | 'path'>) } as const;
      const id = transferInBackground(context, `Import of ${given.path}`, name, task);
      return reply.code(202).send({ ok: true, collection: name, task: id });
    },
  );

  server.post(
    '/export',
    {
      config: {
        ...config,
        description: {
          tag: 'documents',
          summary:
            'Write a collection, or what a query finds, into a new file of the server. GET /tasks tells how far it is.',
          body: exportBody,
          example: { url: '/export', body: { file: '/srv/dumps/pages.ndjson', query: 'lang:en' } },
        },
      },
    },
    async (request, reply) => {
      const { c, file, format, query } = exportBody.parse(request.body);
      const name = readableCollection(context, request, c);
      const task = { task: 'export', file, format, ...(query === undefined ? {} : { query }) } as const;
      const id = transferInBackground(context, `Export into ${file}`, name, task);
      return reply.code(202).send({ ok: true, collection: name, task: id });
    },
  );

  server.post(
    '/forget',
    {
      config: {
        ...config,
        description: {
          tag: 'documents',
          summary:
            'Forget pages: removed, banned, and written out of every file. GET /tasks tells when the bytes are gone.',
          body: forgetBody,
          example: { url: '/forget', body: { urls: ['https://old.example.org/private'] } },
        },
      },
    },
    async (request, reply) => {
      const { c, urls, query, within_s, snapshots } = forgetBody.parse(request.body);
      const name = readableCollection(context, request, c);
      const task = {
        task: 'forget',
        urls,
        looksIntoSnapshots: snapshots,
        ...(query === undefined ? {} : { query }),
        ...(within_s === undefined ? {} : { within_ms: within_s * 1_000 }),
      } as const;
      const what = query ?? (urls.length === 1 ? (urls[0] ?? '') : `${urls.length} pages`);
      const id = transferInBackground(context, `Forget ${what}`, name, task);
      return reply.code(202).send({ ok: true, collection: name, task: id });
    },
  );
}

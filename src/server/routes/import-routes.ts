/** Imports of another engine's files: beginning, watching and pausing them. Paths are the server's own. */

import type { FastifyInstance } from 'fastify';
import { z } from 'zod';

import { importId, type ImportRequest, importsOf, planImports } from '../../transfer/index.ts';
import { collectionParameter } from '../request-schemas.ts';
import { readableCollection, type ServerContext } from '../server-context.ts';

interface ImportBody {
  readonly c?: string | undefined;
  readonly directory: string;
  readonly from?: string | undefined;
  readonly atOnce?: number | undefined;
  readonly source?: string | undefined;
  readonly isDryRun?: boolean | undefined;
  readonly follow?: boolean | undefined;
  readonly restart?: boolean | undefined;
}

const collection = z.string().max(64).optional();

/** Names as a command line has them; nothing is fetched unless `follow` says so. */
export const importBody: z.ZodType<ImportBody> = z.object({
  c: collection,
  directory: z
    .string('must be a folder on the server')
    .min(1)
    .max(4_096)
    .startsWith('/', 'must be a whole path'),
  from: z.string().min(1).max(200).optional(),
  atOnce: z.int().min(1).max(100).optional(),
  source: z.string().min(1).max(200).optional(),
  isDryRun: z.boolean().optional(),
  follow: z.boolean().optional(),
  restart: z.boolean().optional(),
});

const pauseBody: z.ZodType<{ readonly c?: string | undefined; readonly id: string }> = z.object({
  c: collection,
  id: z.string('must be the id of an import').regex(/^[\da-f]{16}$/, 'must be the id of an import'),
});

export function installImportRoutes(server: FastifyInstance, context: ServerContext): void {
  // Who names a folder of the server reads what the server may read.
  const config = { access: 'admin', answers: 'json' } as const;
  const imports = importsOf(context.engine, context.log);
  const example = { directory: '/var/gigablast/data0', from: 'main' };

  server.get(
    '/import',
    {
      config: {
        ...config,
        description: {
          tag: 'documents',
          summary: 'Imports of Gigablast files into a collection, the latest first, with how far they are.',
          query: collectionParameter,
          example: { url: '/import' },
        },
      },
    },
    async (request, reply) => {
      const name = readableCollection(context, request, collectionParameter.parse(request.query).c);
      return reply.send({ collection: name, imports: await imports.reports(name) });
    },
  );

  server.post(
    '/import/gigablast',
    {
      config: {
        ...config,
        description: {
          tag: 'documents',
          summary:
            'Begin to import the title files of a Gigablast, or go on where that was stopped. Answers at once; GET /import tells how far it is.',
          body: importBody,
          example: { url: '/import/gigablast', body: example },
        },
      },
    },
    async (request, reply) => {
      const { c, ...given } = importBody.parse(request.body);
      const name = readableCollection(context, request, c);
      const entries = Object.entries(given).filter(([, value]) => value !== undefined);
      const planned = await planImports(
        Object.fromEntries(entries) as unknown as ImportRequest,
        name,
        c !== undefined,
      );
      const begun = [];
      for (const { collection: target, request: one } of planned) {
        if (!context.engine.collections().includes(target)) await context.engine.createCollection(target);
        begun.push(imports.start(target, one).report());
      }
      return reply.code(202).send({ collection: name, import: begun[0], imports: begun });
    },
  );

  server.post(
    '/import/pause',
    {
      config: {
        ...config,
        description: {
          tag: 'documents',
          summary:
            'Pause an import: what is in flight ends, and it goes on from there when it is begun again.',
          body: pauseBody,
          example: { url: '/import/pause', body: { id: importId(example.directory, example.from) } },
        },
      },
    },
    async (request, reply) => {
      const { c, id } = pauseBody.parse(request.body);
      const name = readableCollection(context, request, c);
      return reply.send({ collection: name, import: await imports.pause(name, id) });
    },
  );
}

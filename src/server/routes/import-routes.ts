/** Imports of another engine's files: beginning, watching and pausing them. Paths are the server's own. */

import type { FastifyInstance } from 'fastify';
import { z } from 'zod';

import { type ImportRequest, importsOf } from '../../transfer/index.ts';
import { collectionParameter } from '../request-schemas.ts';
import { readableCollection, type ServerContext } from '../server-context.ts';

interface ImportBody {
  readonly c?: string | undefined;
  readonly directory: string;
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

  server.get('/import', { config }, async (request, reply) => {
    const name = readableCollection(context, request, collectionParameter.parse(request.query).c);
    return reply.send({ collection: name, imports: await imports.reports(name) });
  });

  server.post('/import/gigablast', { config }, async (request, reply) => {
    const { c, ...given } = importBody.parse(request.body);
    const name = readableCollection(context, request, c);
    const entries = Object.entries(given).filter(([, value]) => value !== undefined);
    const job = imports.start(name, Object.fromEntries(entries) as unknown as ImportRequest);
    return reply.code(202).send({ collection: name, import: job.report() });
  });

  server.post('/import/pause', { config }, async (request, reply) => {
    const { c, id } = pauseBody.parse(request.body);
    const name = readableCollection(context, request, c);
    return reply.send({ collection: name, import: await imports.pause(name, id) });
  });
}

/** Imports of another engine's files: beginning, watching and pausing them. Paths are the server's own. */

import type { FastifyInstance } from 'fastify';
import { z } from 'zod';

import { importId, importsOf, planImports, runTransferTask } from '../../transfer/index.ts';
import { collectionRoute } from '../collection-route.ts';
import { collectionParameter, given, whole } from '../request-schemas.ts';
import type { ServerContext } from '../server-context.ts';

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

interface FailuresQuery {
  readonly c?: string | undefined;
  readonly id?: string | undefined;
  readonly s?: number | undefined;
  readonly n?: number | undefined;
}

const FAILURES_MAX = 1_000;

const failuresQuery: z.ZodType<FailuresQuery> = z.object({
  c: collection,
  id: given(z.string().regex(/^[\da-f]{16}$/, 'must be the id of an import')).describe('Of one import.'),
  s: given(whole(0, Number.MAX_SAFE_INTEGER)).describe('Failures to skip; default 0.'),
  n: given(whole(0, FAILURES_MAX)).describe('Failures wanted; default 100.'),
});

export function installImportRoutes(server: FastifyInstance, context: ServerContext): void {
  const imports = importsOf(context.engine, context.log);
  const example = { directory: '/var/gigablast/data0', from: 'main' };
  // Who names a folder of the server reads what the server may read.
  const common = { access: 'admin', tag: 'documents' } as const;

  collectionRoute(server, context, {
    ...common,
    method: 'GET',
    url: '/import',
    summary: 'Imports of Gigablast files into a collection, the latest first, with how far they are.',
    takes: collectionParameter,
    run: async (collection) => ({ imports: await imports.reports(collection) }),
  });
  collectionRoute(server, context, {
    ...common,
    method: 'GET',
    url: '/import/failures',
    summary:
      'What imports of Gigablast files could not take, each with file, place and reason: all of it, where GET /import lists the latest.',
    takes: failuresQuery,
    run: async (collection, { id, s = 0, n = 100 }) => {
      const task = { task: 'list-failures', ...(id === undefined ? {} : { id }) } as const;
      const { failures } = await runTransferTask(context.engine, collection, task);
      return { total: failures.length, failures: failures.slice(s, s + n) };
    },
  });
  collectionRoute(server, context, {
    ...common,
    method: 'POST',
    url: '/import/gigablast',
    summary:
      'Begin to import the title files of a Gigablast, or go on where that was stopped. Answers at once; GET /import tells how far it is.',
    takes: importBody,
    example,
    statusCode: 202,
    run: async (collection, given, { isNamed }) => {
      const begun = [];
      for (const { collection: target, request: one } of await planImports(given, collection, isNamed)) {
        const isThere = one.isDryRun === true || context.engine.collections().includes(target);
        if (!isThere) await context.engine.createCollection(target);
        begun.push(imports.start(target, one).report());
      }
      return { import: begun[0], imports: begun };
    },
  });
  collectionRoute(server, context, {
    ...common,
    method: 'POST',
    url: '/import/pause',
    summary: 'Pause an import: what is in flight ends, and it goes on from there when it is begun again.',
    takes: pauseBody,
    example: { id: importId(example.directory, example.from) },
    run: async (collection, { id }) => ({ import: await imports.pause(collection, id) }),
  });
}

/** Bundles over HTTP: made, fetched from other installations, taken in, and given to those that fetch. Folders are the server's own. */

import type { FastifyInstance } from 'fastify';
import { z } from 'zod';

import { PeregrineError } from '../../base/index.ts';
import { BundleFolder } from '../../transfer/index.ts';
import { collectionRoute } from '../collection-route.ts';
import type { ServerContext } from '../server-context.ts';
import { transferInBackground } from '../transfer-desk.ts';

const collection = z.string().max(64).optional();

/** A folder of the server. */
export const bundleFolder: z.ZodType<string> = z
  .string('must be a folder of the server')
  .trim()
  .max(4_096)
  .startsWith('/', 'must be a whole path, from /');
/** Makers by their public keys. */
export const trustedKeys: z.ZodType<readonly string[], string[]> = z
  .array(z.string().regex(/^[\da-f]{64}$/, 'must be a public key: 64 hexadecimal digits'))
  .max(1_000);
export const conflictPolicy: z.ZodType<'newest' | 'theirs' | 'ours'> = z.enum(['newest', 'theirs', 'ours']);

const makeBody = z.object({
  c: collection,
  folder: bundleFolder.describe('Where to, a folder of the server.'),
  name: z.string().min(1).max(200).optional().describe('What it is called; default: the collection.'),
  query: z.string().min(1).max(2_048).optional().describe('Only what this query finds.'),
});
const takeBody = z.object({
  c: collection,
  folder: bundleFolder.describe('Where the bundle lies on this server.'),
  conflicts: conflictPolicy.default('newest').describe('Which of two documents of one URL stays.'),
  trusted: trustedKeys.optional().describe('Makers whose bundles are taken, by public key; default: any.'),
});
const fetchBody = z.object({
  c: collection,
  folder: bundleFolder.describe('Where to; what of it is there already is not fetched again.'),
  from: z
    .object({
      server: z
        .url({ protocol: /^https?$/ })
        .max(2_048)
        .describe('The other installation.'),
      folder: bundleFolder.describe('Where the bundle lies there.'),
      key: z.string().min(1).max(1_000).describe('An admin key of it.'),
    })
    .describe('Where it is.'),
  trusted: trustedKeys.optional().describe('Makers whose bundles are taken, by public key; default: any.'),
});
const manifestQuery = z.object({ folder: bundleFolder });
const chunkQuery = z.object({ folder: bundleFolder, hash: z.string().regex(/^[\da-f]{64}$/) });

export function installBundleRoutes(server: FastifyInstance, context: ServerContext): void {
  // Who names a folder of the server reads and writes what the server may.
  const common = { method: 'POST', access: 'admin', tag: 'documents', statusCode: 202 } as const;

  collectionRoute(server, context, {
    ...common,
    url: '/bundles/make',
    summary: 'Write a collection, or what a query finds, as a signed bundle. GET /tasks tells how far it is.',
    takes: makeBody,
    example: { folder: '/srv/bundles/falcons', query: 'lang:en' },
    run: async (name, given) => {
      const task = { task: 'make-bundle', name, ...given } as const;
      return { task: transferInBackground(context, `Bundle into ${given.folder}`, name, task) };
    },
  });
  collectionRoute(server, context, {
    ...common,
    url: '/bundles/fetch',
    summary:
      'Fetch a bundle from another installation into a folder. Begun again, it goes on where it stopped; it is taken in by POST /bundles/take.',
    takes: fetchBody,
    example: {
      folder: '/srv/bundles/from-north',
      from: { server: 'https://north.example.org/', folder: '/srv/bundles/falcons', key: 'ITS-ADMIN-KEY' },
    },
    run: async (name, given) => {
      const task = { task: 'fetch-bundle', ...given } as const;
      return { task: transferInBackground(context, `Fetch a bundle into ${given.folder}`, name, task) };
    },
  });
  collectionRoute(server, context, {
    ...common,
    url: '/bundles/take',
    summary: 'Take the documents of a bundle in; each chunk is checked before a document of it is stored.',
    takes: takeBody,
    example: { folder: '/srv/bundles/from-north', conflicts: 'newest' },
    run: async (name, given) => {
      const task = { task: 'take-bundle', ...given } as const;
      return { task: transferInBackground(context, `Take the bundle ${given.folder} in`, name, task) };
    },
  });

  // What another installation asks for, byte by byte as it was signed.
  const bytes = { access: 'admin', answers: 'json' } as const;
  server.get('/bundles/manifest', { config: bytes }, async (request, reply) => {
    const { folder } = manifestQuery.parse(request.query);
    return reply.type('application/octet-stream').send(await new BundleFolder(folder).manifest());
  });
  server.get('/bundles/chunk', { config: bytes }, async (request, reply) => {
    const { folder, hash } = chunkQuery.parse(request.query);
    const chunk = await new BundleFolder(folder).raw(hash);
    if (chunk === undefined)
      throw new PeregrineError('NOT_FOUND', `Chunk ${hash} is not there.`, { chunk: hash });
    return reply.type('application/octet-stream').send(chunk);
  });
}

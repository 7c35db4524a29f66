/** The index for operators: checked, repaired, made anew, while all else goes on. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import type { IndexWork } from '../../collection/index.ts';
import { collectionParameter } from '../request-schemas.ts';
import { readableCollection, type ServerContext } from '../server-context.ts';

const SUMMARIES: Readonly<Record<IndexWork, string>> = {
  verify: 'Check every segment of the index, and its documents against the stored ones.',
  repair: 'Check the index, and index again what is damaged or missing.',
  rebuild: 'Index every stored document anew.',
};

export function installIndexRoutes(server: FastifyInstance, context: ServerContext): void {
  const config = { access: 'admin', answers: 'json' } as const;
  const { engine } = context;

  server.get(
    '/index',
    {
      config: {
        ...config,
        description: {
          tag: 'status',
          summary: 'What is being done about the index of a collection, and what came of it last.',
          query: collectionParameter,
          example: { url: '/index' },
        },
      },
    },
    async (request, reply) => {
      const { c } = collectionParameter.parse(request.query);
      const collection = readableCollection(context, request, c);
      const isOwn = (one: { readonly collection: string }): boolean => one.collection === collection;
      return reply.send({
        collection,
        underWay: engine.indexCare.progress().filter(isOwn),
        last: engine.indexCare.last(collection),
      });
    },
  );

  for (const work of ['verify', 'repair', 'rebuild'] as const) {
    server.post(
      `/index/${work}`,
      {
        config: {
          ...config,
          description: {
            tag: 'status',
            summary: `${SUMMARIES[work]} Answers at once; GET /index tells how far it is.`,
            body: collectionParameter,
            example: { url: `/index/${work}`, body: {} },
          },
        },
      },
      async (request, reply) => begin(context, request, reply, work),
    );
  }
}

/** The work outlives the request: its outcome is kept for who asks. */
async function begin(
  context: ServerContext,
  request: FastifyRequest,
  reply: FastifyReply,
  work: IndexWork,
): Promise<FastifyReply> {
  const { c } = collectionParameter.parse(request.body ?? {});
  const collection = readableCollection(context, request, c);
  context.engine.indexCare[work](collection).catch(() => undefined);
  return reply.code(202).send({ ok: true, collection, work });
}

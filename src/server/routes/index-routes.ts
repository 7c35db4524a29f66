/** The index for operators: checked, repaired, made anew, while all else goes on. */

import type { FastifyInstance } from 'fastify';

import { openForReadingOnly } from '../../base/index.ts';
import type { IndexWork } from '../../collection/index.ts';
import { collectionRoute } from '../collection-route.ts';
import { collectionParameter } from '../request-schemas.ts';
import type { ServerContext } from '../server-context.ts';

const SUMMARIES: Readonly<Record<IndexWork, string>> = {
  verify: 'Check every segment of the index, and its documents against the stored ones.',
  repair: 'Check the index, and index again what is damaged or missing.',
  rebuild: 'Index every stored document anew.',
};

export function installIndexRoutes(server: FastifyInstance, context: ServerContext): void {
  const { indexCare } = context.engine;
  const common = { access: 'admin', tag: 'status', takes: collectionParameter } as const;

  collectionRoute(server, context, {
    ...common,
    method: 'GET',
    url: '/index',
    summary: 'What is being done about the index of a collection, and what came of it last.',
    run: async (collection) => ({
      underWay: indexCare.progress().filter((one) => one.collection === collection),
      last: indexCare.last(collection),
    }),
  });

  for (const work of ['verify', 'repair', 'rebuild'] as const) {
    collectionRoute(server, context, {
      ...common,
      method: 'POST',
      url: `/index/${work}`,
      summary: `${SUMMARIES[work]} Answers at once; GET /index tells how far it is.`,
      example: {},
      statusCode: 202,
      run: async (collection) => {
        // The work outlives the request: its outcome is kept for who asks.
        if (context.engine.isReadOnly && work !== 'verify') throw openForReadingOnly();
        indexCare[work](collection).catch(() => undefined);
        return { work };
      },
    });
  }
}

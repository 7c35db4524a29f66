/** What goes on in a collection, as events: for programs that would else ask again and again. */

import type { FastifyInstance } from 'fastify';

import { PeregrineError } from '../../base/index.ts';
import { LIVE_VIEWERS_MAX } from '../limits.ts';
import { EVENTS_TYPE, progressStream } from '../progress-stream.ts';
import { collectionParameter } from '../request-schemas.ts';
import { readableCollection, type ServerContext } from '../server-context.ts';

export function installProgressRoutes(server: FastifyInstance, context: ServerContext): void {
  const { engine, log, clock, liveInterval_ms: interval_ms } = context;
  const closing = new AbortController();
  let streams = 0;
  server.addHook('preClose', async () => closing.abort());

  server.get(
    '/progress',
    {
      config: {
        access: 'crawl',
        answers: 'json',
        description: {
          tag: 'crawl',
          summary:
            'Crawl, imports and work on the index of a collection as server-sent events: "progress" whenever something changed, "end" when nothing is under way.',
          query: collectionParameter,
          answers: ['text/event-stream'],
          example: { url: '/progress' },
        },
      },
    },
    async (request, reply) => {
      const collection = readableCollection(context, request, collectionParameter.parse(request.query).c);
      if (streams >= LIVE_VIEWERS_MAX) throw new PeregrineError('QUEUE_FULL', 'Too many watch the progress.');
      const stream = progressStream({ engine, log, clock, interval_ms }, collection, closing.signal);
      streams += 1;
      stream.once('close', () => (streams -= 1));
      return reply
        .type(EVENTS_TYPE)
        .header('cache-control', 'no-store')
        .header('x-accel-buffering', 'no')
        .send(stream);
    },
  );
}

/** Starting, pausing and resuming crawls. Programs get JSON, forms are sent back to the administration page. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { wantsPage } from '../failures.ts';
import { crawlRequestOf } from '../crawl-body.ts';
import { crawlBody, refreshBody } from '../crawl-schemas.ts';
import { collectionParameter } from '../request-schemas.ts';
import { readableCollection, type ServerContext } from '../server-context.ts';

export function installCrawlRoutes(server: FastifyInstance, context: ServerContext): void {
  const config = { access: 'crawl', answers: 'json' } as const;
  const { engine } = context;

  server.get(
    '/crawl',
    {
      config: {
        ...config,
        description: {
          tag: 'crawl',
          summary: 'How far the crawl of a collection is.',
          query: collectionParameter,
          example: { url: '/crawl' },
        },
      },
    },
    async (request, reply) => {
      const { c } = collectionParameter.parse(request.query);
      const collection = readableCollection(context, request, c);
      return reply.send({ collection, progress: engine.crawlProgress(collection) });
    },
  );

  server.post(
    '/crawl',
    {
      config: {
        ...config,
        description: {
          tag: 'crawl',
          summary: 'Begin a crawl, or add addresses to it.',
          body: crawlBody,
          example: { url: '/crawl', body: { seeds: ['https://birds.example.org/peregrine'] } },
        },
      },
    },
    async (request, reply) => {
      const body = crawlBody.parse(request.body);
      const collection = readableCollection(context, request, body.c);
      await engine.startCrawl(collection, crawlRequestOf(body));
      return answer(request, reply, collection, 'started');
    },
  );

  server.post(
    '/crawl/pause',
    {
      config: {
        ...config,
        description: {
          tag: 'crawl',
          summary: 'Pause the crawl; what is being fetched is finished first.',
          body: collectionParameter,
          example: { url: '/crawl/pause', body: {} },
        },
      },
    },
    async (request, reply) => {
      const collection = readableCollection(context, request, named(request));
      await engine.pauseCrawl(collection);
      return answer(request, reply, collection, 'paused');
    },
  );

  server.post(
    '/crawl/resume',
    {
      config: {
        ...config,
        description: {
          tag: 'crawl',
          summary: 'Go on with a paused crawl.',
          body: collectionParameter,
          example: { url: '/crawl/resume', body: {} },
        },
      },
    },
    async (request, reply) => {
      const collection = readableCollection(context, request, named(request));
      await engine.resumeCrawl(collection);
      return answer(request, reply, collection, 'resumed');
    },
  );

  server.post(
    '/crawl/stop',
    {
      config: {
        ...config,
        description: {
          tag: 'crawl',
          summary: 'End the crawl for good: its queue is emptied, what was fetched stays.',
          body: collectionParameter,
          example: { url: '/crawl/stop', body: {} },
        },
      },
    },
    async (request, reply) => {
      const collection = readableCollection(context, request, named(request));
      await engine.stopCrawl(collection);
      return answer(request, reply, collection, 'stopped');
    },
  );

  server.post(
    '/crawl/refresh',
    {
      config: {
        ...config,
        description: {
          tag: 'crawl',
          summary:
            'Ask again for pages of a finished crawl: those named, or those likeliest to have changed.',
          body: refreshBody,
          example: { url: '/crawl/refresh', body: {} },
        },
      },
    },
    async (request, reply) => {
      const { c, urls, pages } = refreshBody.parse(request.body ?? {});
      const collection = readableCollection(context, request, c);
      const choice = { ...(urls !== undefined && { urls }), ...(pages !== undefined && { pages }) };
      return reply.send({ collection, asked: await engine.refreshCrawl(collection, choice) });
    },
  );

  async function answer(
    request: FastifyRequest,
    reply: FastifyReply,
    collection: string,
    done: 'started' | 'paused' | 'resumed' | 'stopped',
  ): Promise<FastifyReply> {
    if (wantsPage(request)) return reply.redirect(`/admin/crawl?c=${collection}`, 303);
    return reply.send({ collection, done, progress: engine.crawlProgress(collection) });
  }
}

/** The collection that a pause or resume names: in the body or in the address. */
function named(request: FastifyRequest): string | undefined {
  const inBody = request.body === undefined || request.body === null ? {} : request.body;
  return collectionParameter.parse(inBody).c ?? collectionParameter.parse(request.query).c;
}

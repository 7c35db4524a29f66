/** The Model Context Protocol over HTTP (streamable, stateless): POST /mcp. */

import type { FastifyInstance, FastifyRequest } from 'fastify';

import { allowsCollection } from '../grants.ts';
import { readPage } from '../page-markdown.ts';
import type { McpCalls, McpRights } from '../mcp/index.ts';
import {
  type Asker,
  assertWithin,
  filtersOf,
  originOf,
  type ServerContext,
  visibleCollections,
} from '../server-context.ts';

export function installMcpRoutes(server: FastifyInstance, context: ServerContext): void {
  const { engine, defaultCollection, searches } = context;
  const callsFor = (asker: Asker): McpCalls => ({
    collections: async () => engine.collections(),
    search: async (collection, request) =>
      searches.pass(async () => engine.search(collection, { ...request, ...filtersOf(asker) })),
    read: async (collection, address) => {
      const page = await readPage(engine, collection, address);
      if (page !== undefined) await assertWithin(context, asker, collection, page.url);
      return page;
    },
    crawlProgress: async (collection) => engine.crawlProgress(collection),
    startCrawl: async (collection, request) => engine.startCrawl(collection, request),
    status: async () => engine.status(),
  });

  server.route({
    method: ['GET', 'POST', 'DELETE'],
    url: '/mcp',
    config: { access: 'public', answers: 'json' },
    handler: async (request, reply) => {
      const { createMcpHandler, mcpServer } = await import('../mcp/index.ts');
      const handler = createMcpHandler(() =>
        mcpServer({
          calls: callsFor(request),
          rights: rightsOf(context, request),
          version: engine.version,
          defaultCollection,
        }),
      );
      return reply.send(
        await handler.fetch(webRequest(context, request), { parsedBody: request.body ?? undefined }),
      );
    },
  });
}

function rightsOf(context: ServerContext, asker: Asker): McpRights {
  const { isAdmin, holder } = asker;
  return {
    mayRead: (name) => visibleCollections(context, asker).includes(name),
    mayCrawl: (name) =>
      isAdmin ||
      (holder !== undefined &&
        holder.grant.actions.includes('crawl') &&
        allowsCollection(holder.grant, name)),
  };
}

function webRequest(context: ServerContext, request: FastifyRequest): Request {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, [value].flat().join(', '));
  }
  const url = new URL(request.url, originOf(context, request));
  const body = request.method === 'POST' ? JSON.stringify(request.body ?? null) : null;
  return new Request(url, { method: request.method, headers, body });
}

/** Stylesheet, scripts, icon, and what machines ask for: robots.txt and the OpenSearch description. */

import type { FastifyInstance } from 'fastify';

import { accepts } from '../compression.ts';
import { llmsText } from '../llms-text.ts';
import { openSearchDescription } from '../search-rss.ts';
import { originOf, type ServerContext } from '../server-context.ts';

export function installOwnFileRoutes(server: FastifyInstance, context: ServerContext): void {
  const config = { access: 'public', answers: 'page' } as const;
  const { icon, widget, ...named } = context.files;

  for (const file of Object.values(named)) {
    server.get(file.path, { config }, async (request, reply) => {
      reply.type(file.type).header('cache-control', 'public, max-age=31536000, immutable');
      reply.header('vary', 'Accept-Encoding');
      return accepts(request, 'br')
        ? reply.header('content-encoding', 'br').send(file.brotli)
        : reply.send(file.bytes);
    });
  }
  server.get('/favicon.svg', { config }, async (_request, reply) =>
    reply.type(icon.type).header('cache-control', 'public, max-age=86400').send(icon.bytes),
  );
  server.get('/widget.js', { config }, async (request, reply) => {
    reply.type(widget.type).header('cache-control', 'public, max-age=3600').header('vary', 'Accept-Encoding');
    // The one file of ours that pages of others may run.
    reply.header('cross-origin-resource-policy', 'cross-origin');
    return accepts(request, 'br')
      ? reply.header('content-encoding', 'br').send(widget.brotli)
      : reply.send(widget.bytes);
  });
  server.get('/llms.txt', { config }, async (request, reply) =>
    reply.type('text/plain; charset=utf-8').send(llmsText(originOf(context, request))),
  );
  server.get('/robots.txt', { config }, async (_request, reply) =>
    // Other engines have no use for our result pages; crawling them would only be load.
    reply
      .type('text/plain; charset=utf-8')
      .send('User-agent: *\nDisallow: /search\nDisallow: /get\nDisallow: /admin\n'),
  );
  server.get('/opensearch.xml', { config }, async (request, reply) =>
    reply
      .type('application/opensearchdescription+xml; charset=utf-8')
      .send(openSearchDescription(originOf(context, request)).toString()),
  );
}

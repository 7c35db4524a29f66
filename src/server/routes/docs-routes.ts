/** The documentation under /docs: the files that the program brings along, the API's own description, and the errors. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';

import { PeregrineError } from '../../base/index.ts';
import type { DescribedRoute } from '../api-description.ts';
import { type DocumentationPage, documentationPage, markdownOf } from '../documentation.ts';
import { searchDocumentation } from '../documentation-search.ts';
import { errorsPage } from '../failures.ts';
import { apiPage } from '../pages/api-page.ts';
import { settingsPage } from '../pages/settings-page.ts';
import { documentationHtml, foundPage } from '../pages/documentation-page.ts';
import { readerFrame, type ServerContext } from '../server-context.ts';

const soughtParameters = z.object({ q: z.string().max(200, 'must be at most 200 characters').default('') });

export function installDocsRoutes(
  server: FastifyInstance,
  context: ServerContext,
  described: readonly DescribedRoute[],
): void {
  const config = { access: 'public', answers: 'page' } as const;
  const made: Readonly<Record<string, () => DocumentationPage>> = {
    api: () => apiPage(described),
    errors: errorsPage,
    settings: settingsPage,
  };

  const answer = async (
    request: FastifyRequest,
    reply: FastifyReply,
    path: string,
  ): Promise<FastifyReply> => {
    const page = Object.hasOwn(made, path) ? made[path]?.() : documentationPage(path);
    if (page === undefined)
      throw new PeregrineError('NOT_FOUND', 'There is no such page in the documentation.');
    return reply
      .type('text/html; charset=utf-8')
      .header('cache-control', 'private, no-cache')
      .header('vary', 'Accept-Language')
      .send(documentationHtml(await readerFrame(context, request), path, page).toString());
  };

  server.get('/docs', { config }, async (_request, reply) => reply.redirect('/docs/getting-started', 302));
  server.get('/docs/search', { config }, async (request, reply) => {
    const { q } = soughtParameters.parse(request.query);
    const frame = await readerFrame(context, request);
    return reply
      .type('text/html; charset=utf-8')
      .header('cache-control', 'private, no-cache')
      .header('vary', 'Accept-Language')
      .send(documentationHtml(frame, 'search', foundPage(q, searchDocumentation(q)), q).toString());
  });
  server.get('/docs/:page', { config }, async (request, reply) => {
    const { page } = request.params as { page: string };
    // The name of a folder leads to the page that leads through it.
    if (markdownOf(page) === undefined && markdownOf(`${page}/README`) !== undefined) {
      return reply.redirect(`/docs/${page}/README`, 302);
    }
    return answer(request, reply, page);
  });
  server.get('/docs/:folder/:page', { config }, async (request, reply) => {
    const { folder, page } = request.params as { folder: string; page: string };
    return answer(request, reply, `${folder}/${page}`);
  });
}

/** How a collection looks: told, changed, taken back; its style sheet and its logo. */

import type { FastifyInstance } from 'fastify';
import { z } from 'zod';

import { PeregrineError } from '../../base/index.ts';
import { collectionParameter } from '../request-schemas.ts';
import { LOGO_POLICY } from '../security-headers.ts';
import { readableCollection, type ServerContext } from '../server-context.ts';
import { logoOf, type Theme, themeShape } from '../theme.ts';

const themeBody: z.ZodType<Theme & { readonly c?: string | undefined }> = z.intersection(
  z.object({ c: z.string().max(64).optional() }),
  themeShape,
);

/** What is named by its content never changes. */
const FOR_EVER = 'public, max-age=31536000, immutable';

export function installThemeRoutes(server: FastifyInstance, context: ServerContext): void {
  const { themes } = context;
  const change = { access: 'admin', answers: 'json' } as const;

  server.get(
    '/theme',
    {
      config: {
        access: 'public',
        answers: 'json',
        description: {
          tag: 'search',
          summary: 'How the pages of a collection look: name, colours, typeface, logo.',
          query: collectionParameter,
          example: { url: '/theme' },
        },
      },
    },
    async (request, reply) => {
      const collection = readableCollection(context, request, collectionParameter.parse(request.query).c);
      return reply.send({ collection, theme: (await themes.of(collection))?.theme ?? null });
    },
  );

  server.post(
    '/theme',
    {
      bodyLimit: 262_144,
      config: {
        ...change,
        description: {
          tag: 'search',
          summary: 'Set how the pages of a collection look. What is left out is as it is without a theme.',
          body: themeBody,
          example: {
            url: '/theme',
            body: { name: 'Handbook', light: { slate: '#7a1f3d' }, dark: { slate: '#f2a3bd' } },
          },
        },
      },
    },
    async (request, reply) => {
      const { c, ...theme } = themeBody.parse(request.body);
      const collection = readableCollection(context, request, c);
      await themes.set(collection, theme);
      return reply.send({ ok: true, collection });
    },
  );

  server.delete(
    '/theme',
    {
      config: {
        ...change,
        description: {
          tag: 'search',
          summary: 'Let the pages of a collection look as they did at first.',
          query: collectionParameter,
          example: { url: '/theme' },
        },
      },
    },
    async (request, reply) => {
      const collection = readableCollection(context, request, collectionParameter.parse(request.query).c);
      await themes.set(collection, undefined);
      return reply.send({ ok: true, collection });
    },
  );

  const page = { access: 'public', answers: 'page' } as const;
  server.get('/theme/style.css', { config: page }, async (request, reply) => {
    const collection = readableCollection(context, request, collectionParameter.parse(request.query).c);
    const found = await themes.of(collection);
    return reply
      .type('text/css; charset=utf-8')
      .header('cache-control', FOR_EVER)
      .send(found?.style ?? '');
  });
  server.get('/theme/logo', { config: page }, async (request, reply) => {
    const collection = readableCollection(context, request, collectionParameter.parse(request.query).c);
    const found = await themes.of(collection);
    if (found === undefined || found.theme.logo === '')
      throw new PeregrineError('NOT_FOUND', `The collection "${collection}" has no logo.`, { collection });
    const { type, bytes } = logoOf(found.theme);
    // A drawing may hold scripts; opened by itself it is a stranger's page.
    return reply
      .type(type)
      .header('content-security-policy', LOGO_POLICY)
      .header('cache-control', FOR_EVER)
      .send(bytes);
  });
}

/** How a collection looks: told, changed, taken back; its style sheet and its logo. */

import type { FastifyInstance } from 'fastify';
import { z } from 'zod';

import { PeregrineError } from '../../base/index.ts';
import { collectionRoute } from '../collection-route.ts';
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

  collectionRoute(server, context, {
    method: 'GET',
    url: '/theme',
    access: 'public',
    tag: 'search',
    summary: 'How the pages of a collection look: name, colours, typeface, logo.',
    takes: collectionParameter,
    run: async (collection) => ({ theme: (await themes.of(collection))?.theme ?? null }),
  });
  collectionRoute(server, context, {
    method: 'POST',
    url: '/theme',
    access: 'admin',
    tag: 'search',
    summary: 'Set how the pages of a collection look. What is left out is as it is without a theme.',
    takes: themeBody,
    example: { name: 'Handbook', light: { slate: '#7a1f3d' }, dark: { slate: '#f2a3bd' } },
    bodyLimit: 262_144,
    run: async (collection, theme, { who }) => {
      await themes.set(collection, theme, who);
      return {};
    },
  });
  collectionRoute(server, context, {
    method: 'DELETE',
    url: '/theme',
    access: 'admin',
    tag: 'search',
    summary: 'Let the pages of a collection look as they did at first.',
    takes: collectionParameter,
    run: async (collection, _given, { who }) => {
      await themes.set(collection, undefined, who);
      return {};
    },
  });

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

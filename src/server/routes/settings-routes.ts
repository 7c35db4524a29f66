/** The settings that are in force, and how those that change while the program runs came to be, for administrators and their programs. */

import type { FastifyInstance } from 'fastify';

import { formOf, SETTINGS, variableOf } from '../../base/index.ts';
import { collectionRoute } from '../collection-route.ts';
import { collectionParameter } from '../request-schemas.ts';
import type { ServerContext } from '../server-context.ts';
import { settingChanges } from '../setting-changes.ts';

export function installSettingsRoutes(server: FastifyInstance, context: ServerContext): void {
  const { settings } = context;
  server.get(
    '/settings',
    {
      config: {
        access: 'admin',
        answers: 'json',
        description: {
          tag: 'status',
          summary: 'The settings that are in force, and where each comes from.',
          example: { url: '/settings' },
        },
      },
    },
    async (_request, reply) =>
      reply.header('cache-control', 'no-store').send({
        settings: SETTINGS.map((setting) => {
          const known = settings.find(({ name }) => name === setting.name);
          return {
            name: setting.name,
            value: known?.value ?? null,
            source: known?.source ?? 'default',
            default: setting.default ?? null,
            form: formOf(setting),
            does: setting.does,
            variable: variableOf(setting),
            since: setting.since,
          };
        }),
      }),
  );

  collectionRoute(server, context, {
    method: 'GET',
    url: '/settings/history',
    access: 'admin',
    tag: 'status',
    summary:
      'Who changed the rules and the look of a collection, and who had hosts drained: when, on which host, from what to what.',
    takes: collectionParameter,
    run: async (collection) => ({ changes: await settingChanges(context, collection) }),
  });
}

/** The settings that are in force, for administrators and their programs. */

import type { FastifyInstance } from 'fastify';

import { formOf, SETTINGS, variableOf } from '../../base/index.ts';
import type { ServerContext } from '../server-context.ts';

export function installSettingsRoutes(server: FastifyInstance, { settings }: ServerContext): void {
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
}

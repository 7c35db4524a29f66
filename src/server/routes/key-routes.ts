/** Keys: made, listed and revoked by the administrator. */

import type { FastifyContextConfig, FastifyInstance } from 'fastify';

import { PeregrineError } from '../../base/index.ts';
import type { RouteDescription } from '../api-description.ts';
import { keyBody, keyIdParameter } from '../request-schemas.ts';
import type { ServerContext } from '../server-context.ts';

export function installKeyRoutes(server: FastifyInstance, { rules }: ServerContext): void {
  server.get(
    '/keys',
    {
      config: config({
        tag: 'keys',
        summary: 'List the keys, without what opens.',
        example: { url: '/keys' },
      }),
    },
    async () => ({ keys: rules.keys.list() }),
  );

  server.post(
    '/keys',
    {
      config: config({
        tag: 'keys',
        summary: 'Make a key that may do some things only. It is shown this once.',
        body: keyBody,
        example: { url: '/keys', body: { description: 'the search box of our site', actions: ['search'] } },
      }),
    },
    async (request, reply) => {
      const { description, ...grant } = keyBody.parse(request.body);
      return reply.code(201).send(await rules.keys.create(grant, { description, now_ms: rules.clock.now() }));
    },
  );

  server.delete(
    '/keys/:id',
    {
      config: config({
        tag: 'keys',
        summary: 'Revoke a key, and with it every key that was derived from it.',
        parameters: keyIdParameter,
        example: { url: '/keys/{id}' },
      }),
    },
    async (request, reply) => {
      const { id } = keyIdParameter.parse(request.params);
      if (await rules.keys.revoke(id)) return reply.send({ revoked: id });
      throw new PeregrineError('NOT_FOUND', `There is no key "${id}".`);
    },
  );
}

function config(description: RouteDescription): FastifyContextConfig {
  return { access: 'admin', answers: 'json', description };
}

/** The administration: signing in and out, the overview, and its live form. */

import type { FastifyInstance } from 'fastify';

import { isPeregrineError, PeregrineError } from '../../base/index.ts';
import { checkKey } from '../access.ts';
import { failureOf } from '../failures.ts';
import { LiveView } from '../live-view.ts';
import { adminPage } from '../pages/admin-page.ts';
import { signInPage } from '../pages/sign-in-page.ts';
import { adminParameters, signInBody } from '../request-schemas.ts';
import { pageFrame, readableCollection, type ServerContext, STRANGER } from '../server-context.ts';
import { sessionCookie } from '../sessions.ts';

const NOTICES: Readonly<Record<string, string>> = {
  started: 'The crawl is under way.',
  paused: 'The crawl is paused; what is being fetched is finished first.',
  resumed: 'The crawl goes on.',
  removed: 'The page is removed from the index.',
  'not-there': 'There was no such page in the index.',
};

export function installAdminRoutes(server: FastifyInstance, context: ServerContext): void {
  const administration = { access: 'admin', answers: 'page' } as const;
  const everybody = { access: 'public', answers: 'page' } as const;
  const { rules } = context;
  const isSecure = context.publicOrigin?.startsWith('https:') ?? false;

  server.get('/admin/sign-in', { config: everybody }, async (_request, reply) =>
    reply
      .type('text/html; charset=utf-8')
      .header('cache-control', 'no-store')
      .send(signInPage(pageFrame(context, STRANGER)).toString()),
  );

  server.post('/admin/sign-in', { config: everybody }, async (request, reply) => {
    const { key } = signInBody.parse(request.body);
    reply.header('cache-control', 'no-store');
    try {
      checkKey(rules, request, key.trim());
    } catch (error) {
      if (!isPeregrineError(error)) throw error;
      const failure = failureOf(error, false);
      return reply
        .code(failure.status)
        .type('text/html; charset=utf-8')
        .send(signInPage(pageFrame(context, STRANGER), failure.message).toString());
    }
    reply.header('set-cookie', sessionCookie(rules.sessions.begin(), isSecure));
    return reply.redirect('/admin', 303);
  });

  server.post('/admin/sign-out', { config: administration }, async (request, reply) => {
    rules.sessions.end(request.headers.cookie);
    return reply.header('set-cookie', sessionCookie(undefined, isSecure)).redirect('/', 303);
  });

  server.get('/admin', { config: administration }, async (request, reply) => {
    const { c, refresh, done } = adminParameters.parse(request.query);
    const collection = readableCollection(context, request, c);
    return reply
      .type('text/html; charset=utf-8')
      .header('cache-control', 'no-store')
      .send(
        adminPage({
          frame: pageFrame(context, request),
          collection,
          status: await context.engine.status(),
          // A program that reads this page with the key has no session, and no forms to send.
          csrfToken: request.session?.csrfToken ?? '',
          refresh_s: refresh,
          notice: done === undefined ? undefined : NOTICES[done],
        }).toString(),
      );
  });

  const live = new LiveView(context.engine, context.liveInterval_ms);
  server.addHook('preClose', async () => live.close());

  server.get('/admin/live', { config: administration }, async (request, reply) => {
    const { c } = adminParameters.parse(request.query);
    const collection = readableCollection(context, request, c);
    if (live.isFull) throw new PeregrineError('QUEUE_FULL', 'Too many live views are open.');
    const cookie = request.headers.cookie;
    const hasSession = request.session !== undefined;
    // Fastify's part ends here: the response stays open and belongs to the live view.
    reply.hijack();
    reply.raw.writeHead(200, {
      ...Object.fromEntries(Object.entries(reply.getHeaders()).map(([name, value]) => [name, String(value)])),
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      // Proxies that gather responses would make the view stand still.
      'x-accel-buffering': 'no',
    });
    live.add({
      response: reply.raw,
      collection,
      isAllowed: () => !hasSession || rules.sessions.find(cookie) !== undefined,
    });
  });
}

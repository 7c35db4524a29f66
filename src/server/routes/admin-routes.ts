/** The administration: signing in and out, the overview, and its live form. */

import type { FastifyInstance } from 'fastify';

import { isPeregrineError, PeregrineError } from '../../base/index.ts';
import { checkKey } from '../access.ts';
import { failureOf } from '../failures.ts';
import { crawlView, crawlWords, stateWord } from '../admin/crawl-section.ts';
import { installAdministration } from '../admin/index.ts';
import { jobsView } from '../admin/jobs-section.ts';
import { overview } from '../admin/overview-section.ts';
import { type AdminFrame, adminTitle } from '../admin/shell.ts';
import type { CollectionSummary, EngineStatus } from '../../collection/index.ts';
import type { Html } from '../html.ts';
import { LiveView, type Viewer } from '../live-view.ts';
import { signInPage } from '../pages/sign-in-page.ts';
import { liveParameters, signInBody } from '../request-schemas.ts';
import { pageFrame, readableCollection, type ServerContext, STRANGER } from '../server-context.ts';
import { sessionCookie } from '../sessions.ts';

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

  installAdministration(server, context);

  const live = new LiveView(context.engine, context.liveInterval_ms);
  server.addHook('preClose', async () => live.close());

  server.get('/admin/live', { config: administration }, async (request, reply) => {
    const { c, view } = liveParameters.parse(request.query);
    const collection = readableCollection(context, request, c);
    if (live.isFull) throw new PeregrineError('QUEUE_FULL', 'Too many live views are open.');
    const cookie = request.headers.cookie;
    const hasSession = request.session !== undefined;
    const admin: AdminFrame = {
      frame: pageFrame(context, request),
      collection,
      collections: context.engine.collections(),
      csrfToken: request.session?.csrfToken ?? '',
    };
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
      render: rendererOf(context, admin, view),
      isAllowed: () => !hasSession || rules.sessions.find(cookie) !== undefined,
    });
  });
}

/** Pages that have a living part. */
const LIVE_NAMES = { overview: 'Overview', crawl: 'Crawl', jobs: 'Jobs' } as const;

/** The living part of each page that has one. */
function rendererOf(
  context: ServerContext,
  admin: AdminFrame,
  view: 'overview' | 'crawl' | 'jobs',
): Viewer['render'] {
  const { collection } = admin;
  const crawlOf = ({ collections }: EngineStatus): CollectionSummary['crawl'] | undefined =>
    collections.find(({ name }) => name === collection)?.crawl;
  const markupOf = async (status: EngineStatus): Promise<Html> => {
    if (view === 'jobs') return jobsView(context, admin);
    const crawl = crawlOf(status);
    return view === 'crawl' && crawl !== undefined ? crawlView(crawl) : overview(status, collection);
  };
  return async (status) => {
    const crawl = crawlOf(status);
    // What the crawl does comes last: whoever has several pages open finds this one by its name.
    const state = crawl === undefined ? '' : ` · ${view === 'crawl' ? stateWord(crawl) : crawlWords(crawl)}`;
    const title = adminTitle(`${LIVE_NAMES[view]}${state}`);
    return { markup: await markupOf(status), title };
  };
}

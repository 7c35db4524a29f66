/** A real engine with some pages behind a real server, for tests of what searches can be asked over HTTP. */

import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import { type Engine, openEngine } from '../src/collection/index.ts';
import { createServer, keyCheck } from '../src/server/index.ts';
import { KEY } from './served-engine.ts';
import { temporaryDirectory } from './temporary-directory.ts';

export interface ServedSearch {
  readonly engine: Engine;
  readonly server: FastifyInstance;
  readonly ask: (request: InjectOptions | string) => Promise<LightMyRequestResponse>;
  /** The same with the admin key. */
  readonly command: (request: InjectOptions) => Promise<LightMyRequestResponse>;
}

/** Serves `pages` (content by URL) as the collection `main`; all is closed when the test ends. */
export async function serveSearch(
  t: { after(cleanUp: () => void | Promise<void>): void },
  pages: Readonly<Record<string, string>>,
  shards = 2,
): Promise<ServedSearch> {
  const engine = await openEngine({ dataDirectory: temporaryDirectory(t), shards });
  await engine.createCollection('main');
  await Promise.all(Object.entries(pages).map(([url, content]) => engine.inject('main', { url, content })));
  const server = createServer({ engine, adminKey: keyCheck(KEY) });
  t.after(async () => {
    await server.close();
    await engine.close();
  });
  return {
    engine,
    server,
    ask: async (request) => server.inject(request),
    command: async (request) =>
      server.inject({ ...request, headers: { authorization: `Bearer ${KEY}`, ...request.headers } }),
  };
}

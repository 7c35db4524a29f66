/** A server over a tiny engine, for tests: some pages, a key, and short ways to ask. */

import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';

import { createServer, keyCheck, type ServerOptions } from '../src/server/index.ts';
import { TinyEngine } from './tiny-engine.ts';

export const KEY = 'the-admin-key';

export const PAGES: Readonly<Record<string, string>> = {
  'https://birds.example.org/peregrine':
    '<html lang="en"><title>The peregrine falcon</title><h2 id="speed">Speed</h2>' +
    '<p>The falcon is the fastest animal on earth.</p><a href="/kestrel">Kestrel</a></html>',
  'https://birds.example.org/kestrel':
    '<html lang="en"><title>The kestrel</title><p>A small falcon that hovers.</p></html>',
};

export interface Served {
  readonly server: FastifyInstance;
  readonly engine: TinyEngine;
  readonly ask: (request: InjectOptions | string) => Promise<LightMyRequestResponse>;
  /** The same with the admin key. */
  readonly command: (request: InjectOptions) => Promise<LightMyRequestResponse>;
}

/** Runs `use` with a server that holds {@link PAGES}, and closes it. */
export async function withServer(
  use: (served: Served) => Promise<void>,
  options: Partial<ServerOptions> & {
    readonly web?: Readonly<Record<string, string>>;
    readonly dataDirectory?: string;
  } = {},
): Promise<void> {
  const { web, dataDirectory, ...serverOptions } = options;
  const place = dataDirectory === undefined ? {} : { dataDirectory };
  const engine = new TinyEngine({ web: web ?? PAGES, ...place });
  for (const [url, content] of Object.entries(PAGES)) await engine.inject('main', { url, content });
  const server = createServer({ engine, adminKey: keyCheck(KEY), ...serverOptions });
  try {
    await use({
      server,
      engine,
      ask: async (request) => server.inject(request),
      command: async (request) =>
        server.inject({ ...request, headers: { authorization: `Bearer ${KEY}`, ...request.headers } }),
    });
  } finally {
    await server.close();
    await engine.close();
  }
}

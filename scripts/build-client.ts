/**
 * Writes `src/client.ts`, the typed client of the HTTP API, from the routes as they are declared: `node
 * scripts/build-client.ts`. A test makes it anew and compares.
 */

import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { createServer, keyCheck } from '../src/server/index.ts';
import { clientSource } from '../testing/client-source.ts';
import { TinyEngine } from '../testing/tiny-engine.ts';

const server = createServer({ engine: new TinyEngine(), adminKey: keyCheck('none') });
await server.ready();
writeFileSync(
  fileURLToPath(new URL('../src/client.ts', import.meta.url)),
  clientSource(server.describedRoutes),
);
await server.close();

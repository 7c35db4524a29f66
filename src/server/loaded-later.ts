/** Parts of the server that most processes never need; each is loaded when it is asked for. */

import type { ControlClient } from './control-client.ts';
import type * as Mcp from './mcp/index.ts';

/** Reaches the engine of another process. */
export async function connectToEngine(directory: string): Promise<ControlClient> {
  return (await import('./control-client.ts')).connectToEngine(directory);
}

/** The Model Context Protocol. */
export async function loadMcp(): Promise<typeof Mcp> {
  return import('./mcp/index.ts');
}

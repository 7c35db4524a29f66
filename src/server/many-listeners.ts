/**
 * Several listening sockets on one port. The event loop accepts one connection for each of them in each of its turns; with
 * one socket, new clients of a busy server would wait for as many turns as there are clients before them, seconds long,
 * while those with an open connection are answered at once. Linux shares connections out evenly (SO_REUSEPORT).
 */

import { createServer, type Server as NetServer } from 'node:net';

import type { FastifyInstance } from 'fastify';

import { BACKLOG, CONNECTIONS_MAX, LISTENERS } from './limits.ts';

/** Whether this system can share a port among sockets. */
export const canSharePort: boolean = process.platform === 'linux';

export interface Address {
  readonly port: number;
  readonly host: string;
}

/** Adds listeners to `server`, which listens on `address` with `reusePort`. They close with it. */
export async function addListeners(server: FastifyInstance, address: Address): Promise<void> {
  const share = Math.ceil(CONNECTIONS_MAX / LISTENERS);
  server.server.maxConnections = share;
  const listeners: NetServer[] = [];
  for (let n = 1; n < LISTENERS; n++) {
    // As node:http makes its own; what comes in is handed to it.
    const listener = createServer({ allowHalfOpen: true, noDelay: true }, (socket) =>
      server.server.emit('connection', socket),
    );
    listener.maxConnections = share;
    await listenOn(listener, address);
    listeners.push(listener);
  }
  const closeAll = (): void => {
    for (const listener of listeners) listener.close();
  };
  // Its own socket and ours stop accepting together; what is under way is finished by the server.
  const close = server.server.close.bind(server.server);
  server.server.close = (...given) => {
    closeAll();
    return close(...given);
  };
}

/** Rejects with `EADDRINUSE` where somebody listens there: sharing is for our own sockets only. */
export async function assertFree({ port, host }: Address): Promise<void> {
  if (port === 0) return;
  const probe = createServer();
  await listenOn(probe, { port, host }, false);
  await new Promise((closed) => probe.close(closed));
}

function listenOn(listener: NetServer, address: Address, reusePort = true): Promise<void> {
  return new Promise((listening, failed) => {
    listener.once('error', failed);
    listener.listen({ ...address, backlog: BACKLOG, reusePort }, () => {
      listener.off('error', failed);
      listening();
    });
  });
}

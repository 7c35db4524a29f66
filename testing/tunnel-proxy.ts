/** A proxy that opens tunnels (CONNECT) for those who know its password, and notes where to. */

import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

/** Whom it lets in. */
export const PROXY_USER = 'p';

export interface TunnelProxy {
  readonly origin: string;
  /** `host:port` of each tunnel. */
  readonly asked: readonly string[];
  close(): void;
}

/** Without a password everybody is let in. */
export async function startTunnelProxy(password = ''): Promise<TunnelProxy> {
  const asked: string[] = [];
  const open = new Set<Socket>();
  const server = createServer((_request, response) => response.writeHead(405).end());
  const expected = `Basic ${Buffer.from(`${PROXY_USER}:${password}`).toString('base64')}`;
  server.on('connect', (request, socket, head) => {
    socket.on('error', () => undefined);
    if (password !== '' && request.headers['proxy-authorization'] !== expected) {
      socket.end('HTTP/1.1 407 Who are you\r\n\r\n');
      return;
    }
    asked.push(request.url ?? '');
    const { hostname, port } = new URL(`http://${request.url ?? ''}`);
    const there = connect(Number(port), hostname, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      there.write(head);
      there.pipe(socket).pipe(there);
    });
    there.on('error', () => socket.end('HTTP/1.1 502 Nobody\r\n\r\n'));
    open.add(there);
    there.on('close', () => open.delete(there));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    asked,
    close: () => {
      for (const socket of open) socket.destroy();
      server.close();
    },
  };
}

/** Tunnels through SOCKS 5 proxies (RFC 1928, with the user's name and password of RFC 1929), to addresses, never to names. */

import { connect, type Socket } from 'node:net';
import ipaddr from 'ipaddr.js';
import { messageOf, PeregrineError } from '../base/index.ts';

const VERSION = 5;
const LOGIN_VERSION = 1;
const METHOD_OPEN = 0;
const METHOD_LOGIN = 2;
const CONNECT = 1;
const IPV4 = 1;
const NAME = 3;
const IPV6 = 4;
const DEFAULT_PORT = 1080;
const MAX_LOGIN_BYTES = 255;

/** Answers that speak of the site: network or host out of reach, connection refused, time over. */
const SITE_FAILURES: ReadonlySet<number> = new Set([3, 4, 5, 6]);

export interface SocksLogin {
  readonly user: string;
  readonly password: string;
}

export interface SocksTarget {
  /** A literal, without brackets. */
  readonly address: string;
  readonly port: number;
}

/** The proxy refuses, or speaks another language. */
class SocksRefusal extends Error {}

/**
 * A connection to the target through the proxy at `origin`. `FETCH_FAILED` where the site behind it can't be reached; any
 * other error is the proxy's fault.
 */
export async function socksTunnel(
  origin: string,
  login: SocksLogin | undefined,
  target: SocksTarget,
  timeout_ms: number,
): Promise<Socket> {
  const { hostname, port } = new URL(origin);
  const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || DEFAULT_PORT) });
  socket.setTimeout(timeout_ms, () =>
    socket.destroy(new SocksRefusal(`gives no answer within ${timeout_ms} ms`)),
  );
  // Whoever reads hears of it; nobody may be reading.
  socket.on('error', () => undefined);
  try {
    await greet(socket, login);
    await open(socket, target);
    return socket.setTimeout(0);
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

async function greet(socket: Socket, login: SocksLogin | undefined): Promise<void> {
  const methods = login === undefined ? [METHOD_OPEN] : [METHOD_OPEN, METHOD_LOGIN];
  socket.write(Uint8Array.of(VERSION, methods.length, ...methods));
  const [version, method] = await read(socket, 2);
  if (version !== VERSION) throw new SocksRefusal('is no SOCKS 5 proxy');
  if (method === METHOD_OPEN) return;
  if (method !== METHOD_LOGIN || login === undefined)
    throw new SocksRefusal('takes none of our ways to log in');
  const [user, password] = [Buffer.from(login.user), Buffer.from(login.password)];
  if (user.length > MAX_LOGIN_BYTES || password.length > MAX_LOGIN_BYTES)
    throw new SocksRefusal(`takes names and passwords of ${MAX_LOGIN_BYTES} bytes at most`);
  socket.write(Uint8Array.of(LOGIN_VERSION, user.length, ...user, password.length, ...password));
  const [, status] = await read(socket, 2);
  if (status !== 0) throw new SocksRefusal('refuses the name and password');
}

async function open(socket: Socket, { address, port }: SocksTarget): Promise<void> {
  const bytes = ipaddr.parse(address).toByteArray();
  const kind = bytes.length === 4 ? IPV4 : IPV6;
  socket.write(Uint8Array.of(VERSION, CONNECT, 0, kind, ...bytes, port >> 8, port & 255));
  const [version, answer = 0, , boundKind = 0] = await read(socket, 4);
  if (version !== VERSION) throw new SocksRefusal('is no SOCKS 5 proxy');
  if (SITE_FAILURES.has(answer)) {
    throw new PeregrineError(
      'FETCH_FAILED',
      `The page could not be fetched: the proxy can't reach ${address} and answers ${answer}.`,
      { place: `${address} ${port}` },
    );
  }
  if (answer !== 0) throw new SocksRefusal(`refuses to open a way and answers ${answer}`);
  // Where it connects from: of no use to us, but it stands before what the site says.
  const length = boundKind === NAME ? ((await read(socket, 1))[0] ?? 0) : boundKind === IPV6 ? 16 : 4;
  await read(socket, length + 2);
}

/** The next `length` bytes, and none behind them. */
async function read(socket: Socket, length: number): Promise<Uint8Array> {
  let held = Buffer.alloc(0);
  for (;;) {
    // All that is there: a stream that holds less than was asked for would say at once that it can be read.
    const more = socket.read() as Buffer | null;
    if (more !== null) held = Buffer.concat([held, more]);
    if (held.length >= length) {
      if (held.length > length) socket.unshift(held.subarray(length));
      return held.subarray(0, length);
    }
    if (socket.destroyed || socket.readableEnded) throw socket.errored ?? closed();
    await new Promise<void>((resolve, reject) => {
      const settle = (error?: Error): void => {
        socket.off('readable', settle).off('end', ended).off('close', ended).off('error', settle);
        if (error instanceof Error) reject(error);
        else resolve();
      };
      const ended = (): void => settle(closed());
      socket.once('readable', settle).once('end', ended).once('close', ended).once('error', settle);
    });
  }
}

function closed(): SocksRefusal {
  return new SocksRefusal('closes the connection');
}

/** What is said of a proxy that fails. */
export function socksFault(error: unknown): string {
  return error instanceof SocksRefusal ? error.message : `can't be reached: ${messageOf(error)}`;
}

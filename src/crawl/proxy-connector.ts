/**
 * Connections through a proxy, behind the same guard as direct ones: names are resolved here and the proxy is asked for an
 * address, never for a name, so that it can't be led where the crawler would not go.
 */

import { request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { isIP, isIPv6, type Socket } from 'node:net';
import type { buildConnector } from 'undici';
import { isPeregrineError, messageOf, PeregrineError } from '../base/index.ts';
import { addressRefused, type GuardOptions, isPublicAddress } from './address-guard.ts';
import type { Proxy } from './proxy-ring.ts';
import { socksFault, type SocksTarget, socksTunnel } from './socks-tunnel.ts';

/** The proxy is at fault, not the site behind it: another one may be asked. */
export class ProxyFailure extends PeregrineError {
  readonly proxy: Proxy;

  constructor(proxy: Proxy, why: string) {
    super('FETCH_FAILED', `The proxy ${proxy.origin} ${why}.`, { proxy: proxy.origin });
    this.proxy = proxy;
  }
}

/** Answers to `CONNECT` that speak of the site: it can't be reached, or not in time. */
const SITE_FAILURES: ReadonlySet<number> = new Set([502, 503, 504]);

/** What undici connects with. */
export function proxiedConnector(
  proxy: Proxy,
  options: GuardOptions,
  build: typeof buildConnector,
): buildConnector.connector {
  const secure = build({
    timeout: options.connectTimeout_ms,
    allowH2: true,
    preferH2: true,
    ...(options.certificates !== undefined && { ca: [...options.certificates] }),
  });
  return (target, callback) => {
    const isSecure = target.protocol === 'https:';
    const port = Number(target.port || (isSecure ? 443 : 80));
    const open = async (): Promise<void> => {
      let socket: Socket;
      try {
        const address = await addressFor(target.hostname, options);
        socket = await tunnelTo(proxy, { address, port }, options);
        options.onConnected?.(`${target.protocol}//${target.host ?? target.hostname}`, address);
      } catch (error) {
        return callback(error instanceof Error ? error : new Error(messageOf(error)), null);
      }
      if (isSecure) secure({ ...target, httpSocket: socket }, callback);
      else callback(null, socket);
    };
    void open();
  };
}

/** The address that a host may be asked at. */
async function addressFor(hostname: string, { allowPrivate, names }: GuardOptions): Promise<string> {
  const literal = hostname.replace(/^\[|\]$/g, '');
  const found = isIP(literal) === 0 ? await names.addresses(literal) : [{ address: literal }];
  const open = found.find(({ address }) => allowPrivate || isPublicAddress(address));
  if (open === undefined) throw addressRefused(hostname, found[0]?.address ?? '');
  return open.address;
}

async function tunnelTo(proxy: Proxy, target: SocksTarget, options: GuardOptions): Promise<Socket> {
  const { address, port } = target;
  if (!proxy.origin.startsWith('socks5:'))
    return tunnel(proxy, isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`, options);
  try {
    return await socksTunnel(proxy.origin, proxy.login, target, options.connectTimeout_ms);
  } catch (error) {
    if (isPeregrineError(error, 'FETCH_FAILED')) throw error;
    throw new ProxyFailure(proxy, socksFault(error));
  }
}

/** A connection to `place` through the proxy. */
function tunnel(proxy: Proxy, place: string, { connectTimeout_ms }: GuardOptions): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const { protocol, hostname, port } = new URL(proxy.origin);
    const asked = (protocol === 'https:' ? tlsRequest : plainRequest)({
      host: hostname.replace(/^\[|\]$/g, ''),
      port: port || (protocol === 'https:' ? 443 : 80),
      method: 'CONNECT',
      path: place,
      agent: false,
      timeout: connectTimeout_ms,
      headers: {
        host: place,
        ...(proxy.authorization !== undefined && { 'proxy-authorization': proxy.authorization }),
      },
    });
    asked.once('connect', ({ statusCode = 0 }, socket: Socket) => {
      if (statusCode >= 200 && statusCode <= 299) return resolve(socket.setTimeout(0));
      socket.destroy();
      if (SITE_FAILURES.has(statusCode)) {
        const why = `the proxy can't reach ${place} and answers ${statusCode}`;
        return reject(
          new PeregrineError('FETCH_FAILED', `The page could not be fetched: ${why}.`, { place }),
        );
      }
      reject(new ProxyFailure(proxy, `refuses to open a way and answers ${statusCode}`));
    });
    asked.once('timeout', () => asked.destroy(new Error(`no answer within ${connectTimeout_ms} ms`)));
    asked.once('error', (error) => reject(new ProxyFailure(proxy, `can't be reached: ${messageOf(error)}`)));
    asked.end();
  });
}

/** The proxies that requests may go through, and whose turn it is: those that fail rest, the others take over. */

import { hash64 } from '../base/index.ts';
import type { SocksLogin } from './socks-tunnel.ts';

/** A proxy that opens tunnels: by `CONNECT` (RFC 9110 §9.3.6), or SOCKS 5 where its scheme says so. */
export interface Proxy {
  /** Without user and password: what may be told. */
  readonly origin: string;
  /** Value of `Proxy-Authorization`; a secret. */
  readonly authorization: string | undefined;
  /** Who we are to a SOCKS proxy; a secret. */
  readonly login?: SocksLogin | undefined;
}

/** `host`: all requests to a host go by the same one, while it works; `request`: each by the next. */
export type ProxyRotation = 'host' | 'request';

const FIRST_REST_MS = 5_000;
const LONGEST_REST_MS = 300_000;

export class ProxyRing {
  readonly #proxies: readonly Proxy[];
  readonly #rotation: ProxyRotation;
  readonly #now_ms: () => number;
  readonly #rests = new Map<Proxy, { until_ms: number; failures: number }>();
  #turn = 0;

  constructor(
    proxies: readonly Proxy[],
    rotation: ProxyRotation = 'host',
    now_ms: () => number = () => performance.now(),
  ) {
    this.#proxies = proxies;
    this.#rotation = rotation;
    this.#now_ms = now_ms;
  }

  get size(): number {
    return this.#proxies.length;
  }

  /** By which proxy a host is asked now; undefined where there are none. Where all rest, the one that is back first. */
  pick(host: string): Proxy | undefined {
    const { length } = this.#proxies;
    if (length === 0) return undefined;
    const first =
      this.#rotation === 'request'
        ? this.#turn++
        : Number(hash64(new TextEncoder().encode(host)) % BigInt(length));
    const inOrder = this.#proxies.map((_, n) => this.#proxies[(first + n) % length] as Proxy);
    const isUp = (proxy: Proxy): boolean => (this.#rests.get(proxy)?.until_ms ?? 0) <= this.#now_ms();
    return inOrder.find(isUp) ?? inOrder.reduce((a, b) => (this.#backAt(b) < this.#backAt(a) ? b : a));
  }

  worked(proxy: Proxy): void {
    this.#rests.delete(proxy);
  }

  /** It could not be reached, or would not let us through: it rests, longer each time. */
  failed(proxy: Proxy): void {
    const failures = (this.#rests.get(proxy)?.failures ?? 0) + 1;
    const rest_ms = Math.min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** (failures - 1));
    this.#rests.set(proxy, { until_ms: this.#now_ms() + rest_ms, failures });
  }

  #backAt(proxy: Proxy): number {
    return this.#rests.get(proxy)?.until_ms ?? 0;
  }
}

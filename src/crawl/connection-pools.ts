/** The connections of a fetcher: one to each origin, with the guard or without it, directly or through a proxy. */

import { getCACertificates, rootCertificates } from 'node:tls';
import type { Agent, buildConnector } from 'undici';
import { guardedConnector, type GuardOptions } from './address-guard.ts';
import { proxiedConnector } from './proxy-connector.ts';
import type { Proxy } from './proxy-ring.ts';

export interface ConnectionOptions extends Omit<GuardOptions, 'allowPrivate'> {
  /** Longest wait for headers or for the next piece of a body. */
  readonly idle_ms: number;
}

export class ConnectionPools {
  readonly #options: ConnectionOptions;
  readonly #agents = new Map<string, Agent>();
  // Loaded at the first fetch: a server that only answers has no need of it.
  #library:
    | Promise<{ readonly Agent: typeof Agent; readonly buildConnector: typeof buildConnector }>
    | undefined;

  constructor(options: ConnectionOptions) {
    const { certificates = [] } = options;
    // Naming some takes the others' place.
    this.#options =
      certificates.length === 0
        ? options
        : { ...options, certificates: [...knownAuthorities(), ...certificates] };
  }

  async for(allowPrivate: boolean, proxy: Proxy | undefined): Promise<Agent> {
    const library = await (this.#library ??= import('undici'));
    const name = `${allowPrivate} ${proxy?.origin ?? ''} ${proxy?.authorization ?? ''}`;
    let agent = this.#agents.get(name);
    if (agent === undefined) {
      const guard = { ...this.#options, allowPrivate };
      agent = new library.Agent({
        connections: 1,
        pipelining: 1,
        allowH2: true,
        headersTimeout: this.#options.idle_ms,
        bodyTimeout: this.#options.idle_ms,
        connect:
          proxy === undefined
            ? guardedConnector(guard, library.buildConnector)
            : proxiedConnector(proxy, guard, library.buildConnector),
      });
      this.#agents.set(name, agent);
    }
    return agent;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#agents.values()].map((agent) => agent.destroy()));
  }
}

function knownAuthorities(): readonly string[] {
  return typeof getCACertificates === 'function' ? getCACertificates('default') : rootCertificates;
}

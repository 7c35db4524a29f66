/** Metrics for Prometheus: what the server counts itself, and the engine's status read at each scrape. */

import type { FastifyInstance } from 'fastify';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

import type { Engine, EngineStatus } from '../collection/index.ts';

const SECONDS_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

type Reading = readonly [name: string, help: string, read: (status: EngineStatus) => number];

const READINGS: readonly Reading[] = [
  ['peregrine_uptime_seconds', 'Seconds since the start.', ({ uptime_s }) => uptime_s],
  ['peregrine_documents', 'Documents that can be found.', ({ documents }) => documents],
  ['peregrine_disk_bytes', 'Bytes of the data directory.', ({ disk_bytes }) => disk_bytes],
  ['peregrine_disk_free_bytes', 'Bytes free beside it.', ({ diskFree_bytes }) => diskFree_bytes],
  ['peregrine_resident_bytes', 'Resident memory of the process.', ({ rss_bytes }) => rss_bytes],
  ['peregrine_memory_limit_bytes', 'What --memory allows.', ({ memoryLimit_bytes }) => memoryLimit_bytes],
  [
    'peregrine_read_only_shards',
    'Shards that take no writes after a failure.',
    ({ shards }) => shards.filter(({ readOnly }) => readOnly !== undefined).length,
  ],
];

export class Metrics {
  readonly #registry = new Registry();
  readonly #engine: Engine;
  readonly #readings: readonly { readonly gauge: Gauge; readonly read: Reading[2] }[];
  readonly #shardCounters: Gauge<'shard' | 'counter'>;
  readonly #crawls: Gauge<'collection' | 'state'>;

  constructor(engine: Engine, server: FastifyInstance) {
    this.#engine = engine;
    const registers = [this.#registry];
    this.#readings = READINGS.map(([name, help, read]) => ({
      gauge: new Gauge({ name, help, registers }),
      read,
    }));
    this.#shardCounters = new Gauge({
      name: 'peregrine_shard_work',
      help: 'Counted work of a shard since it was opened.',
      labelNames: ['shard', 'counter'],
      registers,
    });
    this.#crawls = new Gauge({
      name: 'peregrine_crawl_pages',
      help: 'Pages of a crawl: fetched, indexed, failed, queued.',
      labelNames: ['collection', 'state'],
      registers,
    });
    this.#countRequests(server);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  async text(): Promise<string> {
    const status = await this.#engine.status();
    for (const { gauge, read } of this.#readings) gauge.set(read(status));
    for (const [shard, { counters }] of status.shards.entries()) {
      for (const [counter, value] of Object.entries(counters)) {
        this.#shardCounters.set({ shard: String(shard), counter }, value);
      }
    }
    // Collections come and go: none is told of that is gone.
    this.#crawls.reset();
    for (const { name, crawl } of status.collections) {
      const { fetched, indexed, failed, queued } = crawl;
      for (const [state, pages] of Object.entries({ fetched, indexed, failed, queued })) {
        this.#crawls.set({ collection: name, state }, pages);
      }
    }
    return this.#registry.metrics();
  }

  #countRequests(server: FastifyInstance): void {
    const registers = [this.#registry];
    const labelNames = ['method', 'route', 'status'] as const;
    const requests = new Counter({
      name: 'peregrine_http_requests_total',
      help: 'Requests answered.',
      labelNames,
      registers,
    });
    const seconds = new Histogram({
      name: 'peregrine_http_request_seconds',
      help: 'Time from a request to its answer.',
      labelNames: ['route'],
      buckets: SECONDS_BUCKETS,
      registers,
    });
    server.addHook('onResponse', async (request, reply) => {
      // Routes are few; addresses that we don't have are one, or strangers could fill our memory with names.
      const route = request.routeOptions.url ?? 'none';
      requests.inc({ method: request.method, route, status: String(reply.statusCode) });
      seconds.observe({ route }, reply.elapsedTime / 1000);
    });
  }
}

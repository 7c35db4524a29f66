import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';

import { hasNats, startNats } from '../../testing/nats-servers.ts';
import { describeShardLog, type TestedEntry, type TestedLog } from '../../testing/shard-log-contract.ts';
import { SimulatedClock } from '../../testing/simulated-clock.ts';
import { SimulatedHost } from '../../testing/simulated-host.ts';
import { SimulatedServers } from '../../testing/simulated-spine.ts';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { type Clock, PeregrineError, seededRandom, systemClock, toShardId } from '../base/index.ts';
import { FaultyDisk } from '../disk/index.ts';
import { connectNats, createLog, firstRecord, ShardDirectory, type Spine } from './index.ts';
import { decodeLogMessage, LogAssembly } from './log-message.ts';

const STREAM = 'log';
const nobody = (): undefined => undefined;
const TIMES = {
  heartbeat_ms: 100,
  evict_ms: 400,
  lease_ms: 400,
  replace_ms: 10_000,
  tick_ms: 20,
  retry_ms: 20,
  // Only what a test asks for is trimmed.
  trimmedMessages: 1_000_000,
};

interface StreamServers {
  readonly clock: Clock;
  connect(alias: string): Promise<Spine>;
  /** Has streams take nothing, or something again. */
  setFull(isFull: boolean): Promise<void>;
}

/** The stream of a shard, and its one mirror, that leads. */
class TestedStreamLog implements TestedLog {
  readonly #servers: StreamServers;
  #disk = new FaultyDisk();
  #host: SimulatedHost | undefined;
  #spine: Spine | undefined;
  #lives = 0;
  readonly #acknowledged: TestedEntry[] = [];
  /** What was acknowledged before the stream was full: every mirror has it, the stream need not. */
  #elsewhere: readonly TestedEntry[] = [];

  constructor(servers: StreamServers) {
    this.#servers = servers;
  }

  async open(): Promise<void> {
    const { clock } = this.#servers;
    const alias = `a#${this.#lives++}`;
    const spine = await this.#servers.connect(alias);
    this.#spine = spine;
    if (this.#lives === 1) {
      const { identity } = await createLog(spine, STREAM);
      const record = firstRecord(toShardId(0), 'a', { stream: STREAM, streamIdentity: identity }, 0);
      await new ShardDirectory(spine.records).create(record);
    }
    const host = new SimulatedHost({
      name: 'a',
      alias,
      disk: this.#disk,
      spine,
      clock,
      times: TIMES,
      others: nobody,
    });
    this.#host = host;
    await host.start();
    await this.#leads();
  }

  append(payload: Uint8Array): { seq: number; durable: Promise<unknown> } {
    const leadership = this.#host?.replica.leadership;
    if (leadership === undefined) {
      const refused = Promise.reject(new PeregrineError('UNAVAILABLE', 'Nobody leads.'));
      refused.catch(() => undefined);
      return { seq: 0, durable: refused };
    }
    const { entry, done } = leadership.append(payload);
    const durable = done.then(() => void this.#acknowledged.push({ seq: entry, payload }));
    durable.catch(() => undefined);
    return { seq: entry, durable };
  }

  async *replay(from: number): AsyncGenerator<TestedEntry> {
    yield* this.#elsewhere.filter(({ seq }) => seq >= from);
    const behind = Math.max(from, (this.#elsewhere.at(-1)?.seq ?? 0) + 1);
    for await (const { entries } of this.#messages()) {
      yield* entries.filter(({ seq }) => seq >= behind);
    }
  }

  async trim(upTo: number): Promise<void> {
    let place = 0;
    for await (const message of this.#messages()) {
      if (message.entries.every(({ seq }) => seq <= upTo)) place = message.place;
      else break;
    }
    await this.#spine?.stream(STREAM).trim(place);
  }

  async fill(): Promise<void> {
    // A leader trims a full stream of what all have: only what it leaves makes a stream that stays full.
    this.#elsewhere = [...this.#acknowledged];
    const stream = this.#spine?.stream(STREAM);
    if (stream !== undefined) await stream.trim((await stream.state()).lastPlace - 1);
    await this.#servers.setFull(true);
  }

  async makeRoom(): Promise<void> {
    await this.#servers.setFull(false);
    await this.#leads();
  }

  async crash(): Promise<void> {
    const [before, disk] = [this.#host, this.#disk];
    this.#disk = disk.crash();
    await before?.stop().catch(() => undefined);
    await this.open();
  }

  async close(): Promise<void> {
    await this.#host?.stop();
  }

  async #leads(): Promise<void> {
    while (this.#host?.replica.leadership === undefined) await this.#servers.clock.sleep(TIMES.tick_ms);
  }

  /** All that the stream holds, each message with the entries that it completes. */
  async *#messages(): AsyncGenerator<{ place: number; entries: TestedEntry[] }> {
    const stream = this.#spine?.stream(STREAM);
    if (stream === undefined) return;
    const { firstPlace, lastPlace } = await stream.state();
    const reading = new AbortController();
    const assembly = new LogAssembly();
    for await (const { place, bytes } of stream.read(firstPlace, reading.signal)) {
      const row = assembly.take(decodeLogMessage(bytes));
      const payloads = row?.payloads ?? [];
      const first = row?.firstEntry ?? 0;
      yield { place, entries: payloads.map((payload, n) => ({ seq: first + n, payload })) };
      if (place >= lastPlace) break;
    }
    reading.abort();
  }
}

describeShardLog('a stream, in simulated time', {
  batches: 400,
  async within(use) {
    const clock = new SimulatedClock(undefined, 60);
    const servers = new SimulatedServers(clock, seededRandom(1));
    const log = new TestedStreamLog({
      clock,
      connect: async (alias) => servers.connect(alias),
      setFull: async (isFull) => void (servers.isFull = isFull),
    });
    await clock.run(
      (async () => {
        await log.open();
        await used(log, use);
      })(),
    );
  },
});

if (hasNats) {
  describeShardLog('a stream of JetStream', {
    batches: 400,
    async within(use) {
      const after: (() => void)[] = [];
      const nats = await startNats(temporaryDirectory({ after: (work) => void after.push(work) }));
      const log = new TestedStreamLog({
        clock: systemClock,
        connect: () => connectNats({ servers: nats.urls, name: 'one' }),
        setFull: (isFull) => limitStream(nats.urls, isFull),
      });
      try {
        await log.open();
        await used(log, use);
      } finally {
        await nats.close();
        for (const work of after) work();
      }
    },
  });
}

async function used(log: TestedStreamLog, use: (log: TestedLog) => Promise<void>): Promise<void> {
  try {
    await use(log);
  } finally {
    await log.close();
  }
}

/** To what it holds, or not at all. */
async function limitStream(servers: readonly string[], isFull: boolean): Promise<void> {
  const connection = await connect({ servers: [...servers] });
  try {
    const { streams } = await jetstreamManager(connection);
    const { config, state } = await streams.info(STREAM);
    await streams.update(STREAM, { ...config, max_bytes: isFull ? state.bytes : -1 });
  } finally {
    await connection.close();
  }
}

/**
 * A spine in one process, for simulations: what NATS may do to us, from a seed. Messages are late, lost for who is cut
 * off, and answers may not come although the deed was done; streams can lose their end, vanish, or come back as of old.
 */

import { type Clock, PeregrineError, type Random } from '../src/base/index.ts';
import {
  type Messenger,
  type OrderedStream,
  type SharedRecord,
  type SharedRecords,
  type Spine,
  StreamError,
  type StreamMessage,
  type StreamState,
  type Subscription,
} from '../src/cluster/index.ts';

const TIMEOUT_MS = 500;
const MAX_DELAY_MS = 8;

interface StoredStream {
  identity: string;
  first: number;
  messages: Uint8Array[];
}

interface Listener {
  readonly host: string;
  readonly subject: string;
  readonly heard: (bytes: Uint8Array) => void;
}

interface Service {
  readonly host: string;
  readonly answer: (bytes: Uint8Array) => Promise<Uint8Array>;
}

interface Watcher {
  readonly host: string;
  readonly heard: (record: SharedRecord) => void;
}

/** The servers of the spine, and how they are harmed. */
export class SimulatedServers {
  readonly clock: Clock;
  readonly random: Random;
  readonly streams: Map<string, StoredStream> = new Map();
  readonly records: Map<string, SharedRecord> = new Map();
  /** Hosts that nothing reaches and nobody hears. */
  readonly cut: Set<string> = new Set();
  readonly listeners: Set<Listener> = new Set();
  readonly services: Map<string, Service> = new Map();
  readonly watchers: Set<Watcher> = new Set();
  isDown = false;
  /** Streams take nothing. */
  isFull = false;
  #made = 0;
  #revision = 0;
  readonly #order = new Map<string, number>();

  constructor(clock: Clock, random: Random) {
    this.clock = clock;
    this.random = random;
  }

  connect(host: string): Spine {
    return new SimulatedSpine(this, host);
  }

  nextIdentity(): string {
    this.#made += 1;
    return `stream-${this.#made}`;
  }

  nextRevision(): number {
    this.#revision += 1;
    return this.#revision;
  }

  /** Its last messages are gone, as after a power cut of all servers. */
  cutTail(name: string, count: number): void {
    const stream = this.streams.get(name);
    if (stream !== undefined) stream.messages.splice(Math.max(0, stream.messages.length - count));
  }

  isReachable(host: string): boolean {
    return !this.isDown && !this.cut.has(host);
  }

  delay_ms(): number {
    return this.random.unit() * MAX_DELAY_MS;
  }

  /** Waits for a moment that keeps the order of this line. */
  async inOrder(line: string): Promise<void> {
    const now = this.clock.monotonic();
    const at = Math.max(now + this.delay_ms(), (this.#order.get(line) ?? 0) + 0.001);
    this.#order.set(line, at);
    await this.clock.sleep(at - now);
  }
}

class SimulatedSpine implements Spine {
  readonly records: SharedRecords;
  readonly messenger: Messenger;
  readonly #servers: SimulatedServers;
  readonly #host: string;

  constructor(servers: SimulatedServers, host: string) {
    this.#servers = servers;
    this.#host = host;
    this.records = new SimulatedRecords(servers, host);
    this.messenger = new SimulatedMessenger(servers, host);
  }

  createStream(name: string): Promise<StreamState> {
    return deed(this.#servers, this.#host, `${this.#host} ${name}`, () => {
      if (this.#servers.streams.has(name)) throw new StreamError('misplaced', 'it is there');
      const identity = this.#servers.nextIdentity();
      this.#servers.streams.set(name, { identity, first: 1, messages: [] });
      return { identity, firstPlace: 1, lastPlace: 0 };
    });
  }

  stream(name: string): OrderedStream {
    return new SimulatedStream(this.#servers, this.#host, name);
  }

  removeStream(name: string): Promise<void> {
    return deed(
      this.#servers,
      this.#host,
      `${this.#host} ${name}`,
      () => void this.#servers.streams.delete(name),
    );
  }

  async close(): Promise<void> {
    for (const listener of this.#servers.listeners) {
      if (listener.host === this.#host) this.#servers.listeners.delete(listener);
    }
  }
}

class SimulatedStream implements OrderedStream {
  readonly name: string;
  readonly #servers: SimulatedServers;
  readonly #host: string;

  constructor(servers: SimulatedServers, host: string, name: string) {
    this.#servers = servers;
    this.#host = host;
    this.name = name;
  }

  state(): Promise<StreamState> {
    return this.#deed(({ identity, first, messages }) => ({
      identity,
      firstPlace: first,
      lastPlace: first + messages.length - 1,
    }));
  }

  publish(bytes: Uint8Array, expectedLast: number): Promise<number> {
    return this.#deed((stream) => {
      const last = stream.first + stream.messages.length - 1;
      if (last !== expectedLast) throw new StreamError('misplaced', `wrong last sequence: ${last}`);
      if (this.#servers.isFull) throw new StreamError('full', 'maximum bytes exceeded');
      stream.messages.push(bytes.slice());
      return last + 1;
    });
  }

  async *read(from: number, signal: AbortSignal): AsyncGenerator<StreamMessage> {
    let next = from;
    let identity: string | undefined;
    for (let idle_ms = 0; !signal.aborted;) {
      const stream = this.#servers.streams.get(this.name);
      if (!this.#servers.isReachable(this.#host)) {
        idle_ms += 20;
        if (idle_ms > TIMEOUT_MS) throw new StreamError('unavailable', 'no heartbeat');
      } else if (stream === undefined || (identity !== undefined && stream.identity !== identity)) {
        throw new StreamError('lost', 'stream not found');
      } else {
        identity = stream.identity;
        idle_ms = 0;
        const message = stream.messages[next - stream.first];
        if (next < stream.first) next = stream.first;
        else if (message !== undefined) {
          await this.#servers.clock.sleep(this.#servers.delay_ms());
          yield { place: next, bytes: message };
          next += 1;
          continue;
        }
      }
      await this.#servers.clock.sleep(20, signal).catch(() => undefined);
    }
  }

  trim(upTo: number): Promise<void> {
    return this.#deed((stream) => {
      const gone = Math.min(stream.messages.length, Math.max(0, upTo - stream.first + 1));
      stream.messages.splice(0, gone);
      stream.first += gone;
    });
  }

  #deed<T>(act: (stream: StoredStream) => T): Promise<T> {
    return deed(this.#servers, this.#host, `${this.#host} ${this.name}`, () => {
      const stream = this.#servers.streams.get(this.name);
      if (stream === undefined) throw new StreamError('lost', 'stream not found');
      return act(stream);
    });
  }
}

class SimulatedRecords implements SharedRecords {
  readonly #servers: SimulatedServers;
  readonly #host: string;

  constructor(servers: SimulatedServers, host: string) {
    this.#servers = servers;
    this.#host = host;
  }

  get(key: string): Promise<SharedRecord | undefined> {
    return deed(this.#servers, this.#host, `${this.#host} records`, () => this.#servers.records.get(key));
  }

  put(key: string, value: string, revision: number): Promise<number | undefined> {
    return deed(this.#servers, this.#host, `${this.#host} records`, () => {
      if ((this.#servers.records.get(key)?.revision ?? 0) !== revision) return undefined;
      const record = { key, value, revision: this.#servers.nextRevision() };
      this.#servers.records.set(key, record);
      for (const { heard, host } of this.#servers.watchers) void this.#tell(host, heard, record);
      return record.revision;
    });
  }

  async watch(heard: (record: SharedRecord) => void): Promise<Subscription> {
    const watcher = { host: this.#host, heard };
    this.#servers.watchers.add(watcher);
    for (const record of this.#servers.records.values()) heard(record);
    return { close: async () => void this.#servers.watchers.delete(watcher) };
  }

  /** A watcher that is cut off hears it when it is back. */
  async #tell(host: string, heard: (record: SharedRecord) => void, record: SharedRecord): Promise<void> {
    await this.#servers.inOrder(`watch ${host}`);
    while (!this.#servers.isReachable(host)) await this.#servers.clock.sleep(50);
    heard(record);
  }
}

class SimulatedMessenger implements Messenger {
  readonly #servers: SimulatedServers;
  readonly #host: string;

  constructor(servers: SimulatedServers, host: string) {
    this.#servers = servers;
    this.#host = host;
  }

  tell(subject: string, bytes: Uint8Array): void {
    if (!this.#servers.isReachable(this.#host)) return;
    for (const listener of this.#servers.listeners) {
      if (listener.subject === subject) void this.#deliver(listener, bytes.slice());
    }
  }

  listen(subject: string, heard: (bytes: Uint8Array) => void): Subscription {
    const listener = { host: this.#host, subject, heard };
    this.#servers.listeners.add(listener);
    return { close: async () => void this.#servers.listeners.delete(listener) };
  }

  async ask(subject: string, bytes: Uint8Array, timeout_ms: number): Promise<Uint8Array> {
    const service = this.#servers.services.get(subject);
    const isThere = (): boolean =>
      service !== undefined &&
      this.#servers.isReachable(this.#host) &&
      this.#servers.isReachable(service.host);
    await this.#servers.clock.sleep(this.#servers.delay_ms());
    if (service === undefined) throw new PeregrineError('UNAVAILABLE', 'Nobody serves this.');
    if (!isThere()) return this.#late(timeout_ms);
    const reply = await service.answer(bytes);
    await this.#servers.clock.sleep(this.#servers.delay_ms());
    return isThere() ? reply : this.#late(timeout_ms);
  }

  serve(subject: string, answer: (bytes: Uint8Array) => Promise<Uint8Array>): Subscription {
    this.#servers.services.set(subject, { host: this.#host, answer });
    return { close: async () => void this.#servers.services.delete(subject) };
  }

  async #late(timeout_ms: number): Promise<never> {
    await this.#servers.clock.sleep(timeout_ms);
    throw new PeregrineError('DEADLINE', 'No answer in time.');
  }

  async #deliver(
    { host, heard }: { host: string; heard: (bytes: Uint8Array) => void },
    bytes: Uint8Array,
  ): Promise<void> {
    await this.#servers.inOrder(`${this.#host} to ${host}`);
    if (this.#servers.isReachable(host)) heard(bytes);
  }
}

/** There and back: cut off before, nothing is done; cut off after, it is done and nobody hears of it. */
async function deed<T>(servers: SimulatedServers, host: string, line: string, act: () => T): Promise<T> {
  await servers.inOrder(line);
  if (!servers.isReachable(host)) return noAnswer(servers);
  const result = act();
  await servers.inOrder(`${line} back`);
  return servers.isReachable(host) ? result : noAnswer(servers);
}

async function noAnswer(servers: SimulatedServers): Promise<never> {
  await servers.clock.sleep(TIMEOUT_MS);
  throw new StreamError('unavailable', 'no answer in time');
}

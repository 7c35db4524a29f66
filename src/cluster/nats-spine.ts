/** The spine over NATS with JetStream. */

import {
  type ConsumerMessages,
  DeliverPolicy,
  DiscardPolicy,
  type JetStreamClient,
  jetstream,
  type JetStreamManager,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
  type StreamInfo,
} from '@nats-io/jetstream';
import { type KV, Kvm } from '@nats-io/kv';
import {
  connect,
  errors,
  type Msg,
  type NatsConnection,
  type NodeConnectionOptions,
} from '@nats-io/transport-node';

import { messageOf, PeregrineError } from '../base/index.ts';
import { asStreamError, guarded, patiently } from './nats-errors.ts';
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
} from './spine.ts';

export interface NatsOptions {
  /** `nats://host:port` or `tls://…`, several for a cluster of servers. */
  readonly servers: readonly string[];
  /** Of the cluster: its streams, records and subjects begin with it. */
  readonly name: string;
  /** Copies of each stream and record: 1, 3 or 5. Default: 3 where the servers are a cluster, else 1. */
  readonly replicas?: number;
  /** Bytes that a shard's stream may hold; then it refuses. Default 1 GiB. */
  readonly stream_bytes?: number;
  /** Name and password, token, nkey or credentials file, and TLS: as the client takes them. */
  readonly access?: Partial<NodeConnectionOptions>;
}

const ASK_TIMEOUT_MS = 3_000;
const STREAM_BYTES: number = 1024 ** 3;
const IDLE_HEARTBEAT_MS = 2_000;
const READ_AHEAD = 256;

/** `UNAVAILABLE` where no server answers, `UNAUTHORISED` where they refuse us. */
export async function connectNats(options: NatsOptions): Promise<Spine> {
  const connection = await connected(options);
  try {
    const js = jetstream(connection, { timeout: ASK_TIMEOUT_MS });
    const manager = await jetstreamManager(connection, { timeout: ASK_TIMEOUT_MS, checkAPI: false });
    const replicas = options.replicas ?? (connection.info?.cluster === undefined ? 1 : 3);
    const kv = await patiently(() =>
      new Kvm(js).create(options.name, { replicas, history: 1, allow_direct: false }),
    );
    return new NatsSpine({
      connection,
      js,
      manager,
      kv,
      replicas,
      name: options.name,
      stream_bytes: options.stream_bytes ?? STREAM_BYTES,
    });
  } catch (error) {
    await connection.close();
    throw noCluster(options, error);
  }
}

async function connected(options: NatsOptions): Promise<NatsConnection> {
  try {
    return await connect({
      ...options.access,
      servers: [...options.servers],
      name: `peregrine ${options.name}`,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 250,
      pingInterval: 5_000,
      ignoreClusterUpdates: false,
    });
  } catch (error) {
    throw noCluster(options, error);
  }
}

function noCluster({ servers }: NatsOptions, error: unknown): PeregrineError {
  if (error instanceof errors.AuthorizationError || error instanceof errors.UserAuthenticationExpiredError) {
    return new PeregrineError(
      'UNAUTHORISED',
      `NATS at ${servers.join(', ')} refuses us: ${error.message}.`,
      {},
      error,
    );
  }
  return new PeregrineError(
    'UNAVAILABLE',
    `NATS with JetStream does not answer at ${servers.join(', ')}: ${messageOf(error)}. Is it running with -js?`,
    {},
    error,
  );
}

interface SpineParts {
  readonly connection: NatsConnection;
  readonly js: JetStreamClient;
  readonly manager: JetStreamManager;
  readonly kv: KV;
  readonly replicas: number;
  readonly name: string;
  readonly stream_bytes: number;
}

class NatsSpine implements Spine {
  readonly records: SharedRecords;
  readonly messenger: Messenger;
  readonly #parts: SpineParts;

  constructor(parts: SpineParts) {
    this.#parts = parts;
    this.records = new NatsRecords(parts.kv);
    this.messenger = new NatsMessenger(parts.connection);
  }

  async createStream(name: string): Promise<StreamState> {
    const { manager, replicas, stream_bytes } = this.#parts;
    return stateOf(
      await guarded(() =>
        patiently(() =>
          manager.streams.add({
            name,
            subjects: [this.#subjectOf(name)],
            num_replicas: replicas,
            retention: RetentionPolicy.Limits,
            storage: StorageType.File,
            // Full means refused, never dropped.
            discard: DiscardPolicy.New,
            max_bytes: stream_bytes,
            duplicate_window: 0,
          }),
        ),
      ),
    );
  }

  stream(name: string): OrderedStream {
    const { js, manager } = this.#parts;
    return new NatsStream(name, this.#subjectOf(name), js, manager);
  }

  async removeStream(name: string): Promise<void> {
    await guarded(() => this.#parts.manager.streams.delete(name)).catch((error: unknown) => {
      if (!(error instanceof StreamError) || error.failure !== 'lost') throw error;
    });
  }

  async close(): Promise<void> {
    await this.#parts.connection.close();
  }

  /** Below the cluster's own subjects, so that one line of permissions covers them. */
  #subjectOf(stream: string): string {
    return `peregrine.${this.#parts.name}.log.${stream}`;
  }
}

class NatsStream implements OrderedStream {
  readonly name: string;
  readonly #subject: string;
  readonly #js: JetStreamClient;
  readonly #manager: JetStreamManager;

  constructor(name: string, subject: string, js: JetStreamClient, manager: JetStreamManager) {
    this.name = name;
    this.#subject = subject;
    this.#js = js;
    this.#manager = manager;
  }

  async state(): Promise<StreamState> {
    return stateOf(await guarded(() => this.#manager.streams.info(this.name)));
  }

  async publish(bytes: Uint8Array, expectedLast: number): Promise<number> {
    const { seq } = await guarded(() =>
      this.#js.publish(this.#subject, bytes, {
        timeout: ASK_TIMEOUT_MS,
        expect: { lastSequence: expectedLast, streamName: this.name },
      }),
    );
    return seq;
  }

  async *read(from: number, signal: AbortSignal): AsyncGenerator<StreamMessage> {
    if (signal.aborted) return;
    const messages = await guarded(async (): Promise<ConsumerMessages> => {
      const consumer = await this.#js.consumers.get(this.name, {
        deliver_policy: DeliverPolicy.StartSequence,
        opt_start_seq: from,
      });
      return consumer.consume({
        max_messages: READ_AHEAD,
        idle_heartbeat: IDLE_HEARTBEAT_MS,
        abort_on_missing_resource: true,
      });
    });
    const stop = (): void => messages.stop();
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    try {
      for await (const message of messages) {
        if (signal.aborted) return;
        yield { place: message.seq, bytes: message.data };
      }
      if (!signal.aborted) throw new StreamError('unavailable', `Reading ${this.name} ended.`);
    } catch (error) {
      throw asStreamError(error);
    } finally {
      signal.removeEventListener('abort', stop);
      messages.stop();
    }
  }

  async trim(upTo: number): Promise<void> {
    await guarded(() => this.#manager.streams.purge(this.name, { seq: upTo + 1 }));
  }
}

class NatsRecords implements SharedRecords {
  readonly #kv: KV;

  constructor(kv: KV) {
    this.#kv = kv;
  }

  async get(key: string): Promise<SharedRecord | undefined> {
    const entry = await guarded(() => this.#kv.get(key));
    if (entry === null || entry.operation !== 'PUT') return undefined;
    return { key, value: entry.string(), revision: entry.revision };
  }

  async put(key: string, value: string, revision: number): Promise<number | undefined> {
    try {
      return await guarded(() =>
        revision === 0 ? this.#kv.create(key, value) : this.#kv.update(key, value, revision),
      );
    } catch (error) {
      if (error instanceof StreamError && error.failure === 'misplaced') return undefined;
      throw error;
    }
  }

  async watch(heard: (record: SharedRecord) => void): Promise<Subscription> {
    const entries = await guarded(() => this.#kv.watch());
    const reading = (async (): Promise<void> => {
      for await (const { key, operation, revision, value } of entries) {
        if (operation === 'PUT') heard({ key, value: new TextDecoder().decode(value), revision });
      }
    })();
    return {
      close: async () => {
        entries.stop();
        await reading.catch(() => undefined);
      },
    };
  }
}

class NatsMessenger implements Messenger {
  readonly #connection: NatsConnection;

  constructor(connection: NatsConnection) {
    this.#connection = connection;
  }

  tell(subject: string, bytes: Uint8Array): void {
    if (!this.#connection.isClosed()) this.#connection.publish(subject, bytes);
  }

  listen(subject: string, heard: (bytes: Uint8Array) => void): Subscription {
    const subscription = this.#connection.subscribe(subject, {
      callback: (error, message) => {
        if (error === null) heard(message.data);
      },
    });
    return { close: async () => subscription.unsubscribe() };
  }

  async ask(
    subject: string,
    bytes: Uint8Array,
    timeout_ms: number,
    signal?: AbortSignal,
  ): Promise<Uint8Array> {
    try {
      const reply = this.#connection.request(subject, bytes, { timeout: Math.max(1, Math.ceil(timeout_ms)) });
      return (await (signal === undefined ? reply : Promise.race([reply, aborted(signal)]))).data;
    } catch (error) {
      if (error instanceof PeregrineError) throw error;
      const isDeadline = error instanceof errors.TimeoutError;
      throw new PeregrineError(
        isDeadline ? 'DEADLINE' : 'UNAVAILABLE',
        isDeadline ? 'A host did not answer in time.' : `A host does not answer: ${messageOf(error)}.`,
        { subject },
        error,
      );
    }
  }

  serve(subject: string, answer: (bytes: Uint8Array) => Promise<Uint8Array>): Subscription {
    const subscription = this.#connection.subscribe(subject, {
      callback: (error, message) => {
        if (error === null) void respond(message, answer);
      },
    });
    return { close: async () => subscription.unsubscribe() };
  }
}

/** An answer that fails is an empty one. */
async function respond(message: Msg, answer: (bytes: Uint8Array) => Promise<Uint8Array>): Promise<void> {
  message.respond(await answer(message.data).catch(() => new Uint8Array()));
}

async function aborted(signal: AbortSignal): Promise<never> {
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
  throw new PeregrineError('CANCELLED', 'The question was taken back.');
}

function stateOf({ created, state }: StreamInfo): StreamState {
  const isEmpty = state.messages === 0;
  return {
    identity: created,
    firstPlace: isEmpty ? state.last_seq + 1 : state.first_seq,
    lastPlace: state.last_seq,
  };
}

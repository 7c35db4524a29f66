/** A stream of JetStream as an operator keeps and brings it back: the server's own snapshot, with the wire's own words. */

import { jetstreamManager } from '@nats-io/jetstream';
import { connect, createInbox, type NatsConnection } from '@nats-io/transport-node';

const TIMEOUT_MS = 20_000;
const CHUNK_BYTES: number = 64 * 1024;

export interface StreamBackup {
  readonly name: string;
  readonly config: unknown;
  readonly state: unknown;
  readonly chunks: readonly Uint8Array[];
}

/** `api`: of the server, `STREAM.SNAPSHOT.x`. */
async function ask(connection: NatsConnection, api: string, body: unknown): Promise<Record<string, unknown>> {
  const reply = await connection.request(`$JS.API.${api}`, JSON.stringify(body), { timeout: TIMEOUT_MS });
  const answer = reply.json<Record<string, unknown>>();
  if (answer['error'] !== undefined) throw new Error(`${api}: ${JSON.stringify(answer['error'])}`);
  return answer;
}

export async function backUpStream(servers: readonly string[], name: string): Promise<StreamBackup> {
  const connection = await connect({ servers: [...servers] });
  try {
    const deliver_subject = createInbox();
    const pieces = connection.subscribe(deliver_subject);
    const { config, state } = await ask(connection, `STREAM.SNAPSHOT.${name}`, {
      deliver_subject,
      no_consumers: true,
      chunk_size: CHUNK_BYTES,
    });
    const chunks: Uint8Array[] = [];
    for await (const piece of pieces) {
      if (piece.data.length === 0) break;
      chunks.push(piece.data.slice());
      piece.respond();
    }
    pieces.unsubscribe();
    return { name, config, state, chunks };
  } finally {
    await connection.close();
  }
}

/** In the place of the stream of that name, if there is one. */
export async function restoreStream(servers: readonly string[], backup: StreamBackup): Promise<void> {
  const connection = await connect({ servers: [...servers] });
  try {
    const manager = await jetstreamManager(connection, { timeout: TIMEOUT_MS, checkAPI: false });
    await manager.streams.delete(backup.name).catch(() => undefined);
    const { deliver_subject } = await ask(connection, `STREAM.RESTORE.${backup.name}`, {
      config: backup.config,
      state: backup.state,
    });
    for (const chunk of backup.chunks) {
      await connection.request(String(deliver_subject), chunk, { timeout: TIMEOUT_MS });
    }
    await connection.request(String(deliver_subject), new Uint8Array(), { timeout: TIMEOUT_MS });
  } finally {
    await connection.close();
  }
}

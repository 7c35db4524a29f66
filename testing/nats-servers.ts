/** Servers of NATS with JetStream on loopback, for tests: Debian's `nats-server`, on ports and folders of their own. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { connect } from 'node:net';

/** True where the program is there; tests that need it skip with a word where it is not. */
export const hasNats: boolean = spawnSync('nats-server', ['--version']).status === 0;

export const NO_NATS = 'nats-server is not installed (Debian: apt-get install nats-server)';

export interface NatsServer {
  readonly url: string;
  readonly port: number;
  readonly process: () => ChildProcess;
  /** `kill -9`, and gone when it resolves. */
  kill(): Promise<void>;
  /** Again, with its folder. */
  start(): Promise<void>;
}

export interface NatsServers {
  readonly urls: readonly string[];
  readonly servers: readonly NatsServer[];
  close(): Promise<void>;
}

/** One server, or a cluster of three; each with `configuration`, the path of a file, where one is given. */
export async function startNats(
  directory: string,
  count: 1 | 3 = 1,
  configuration?: string,
): Promise<NatsServers> {
  const ports = await freePorts(2 * count);
  const routes = ports.slice(count).map((port) => `nats://127.0.0.1:${port}`);
  const servers = Array.from({ length: count }, (_, n) => {
    // Not told to hosts, so that they come through whatever stands before a server.
    const clustered = [
      '--no_advertise',
      '--cluster_name',
      'test',
      '--cluster',
      routes[n] ?? '',
      '--routes',
      routes.join(','),
    ];
    const own = [
      '-a',
      '127.0.0.1',
      '-p',
      String(ports[n]),
      '-n',
      `n${n}`,
      '-js',
      '-sd',
      join(directory, `nats-${n}`),
      ...(configuration === undefined ? [] : ['-c', configuration]),
    ];
    return new RunningServer(ports[n] ?? 0, count === 1 ? own : [...own, ...clustered]);
  });
  await Promise.all(servers.map((server) => server.start()));
  return {
    urls: servers.map(({ url }) => url),
    servers,
    close: async () => {
      await Promise.all(servers.map((server) => server.kill()));
    },
  };
}

class RunningServer implements NatsServer {
  readonly url: string;
  readonly port: number;
  readonly #flags: readonly string[];
  #child: ChildProcess | undefined;

  constructor(port: number, flags: readonly string[]) {
    this.url = `nats://127.0.0.1:${port}`;
    this.port = port;
    this.#flags = flags;
  }

  process(): ChildProcess {
    if (this.#child === undefined) throw new Error('the server is not running');
    return this.#child;
  }

  async start(): Promise<void> {
    this.#child = spawn('nats-server', [...this.#flags], { stdio: 'ignore' });
    for (let attempt = 0; attempt < 200; attempt++) {
      if (await answers(this.port)) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error('nats-server does not listen');
  }

  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const over = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await over;
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

/** Ports that were free a moment ago. */
async function freePorts(count: number): Promise<number[]> {
  const holders = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    holders.map(
      (holder) =>
        new Promise<number>((resolve) => {
          holder.listen(0, '127.0.0.1', () => resolve((holder.address() as { port: number }).port));
        }),
    ),
  );
  await Promise.all(holders.map((holder) => new Promise((resolve) => holder.close(resolve))));
  return ports;
}

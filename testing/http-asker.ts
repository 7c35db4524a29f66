/**
 * Asks a server from a process of its own, one question after the other over one connection, and notes how long each answer
 * took: with all that stands between a client and a handler, which questions from within the server do not meet.
 */

import { fork } from 'node:child_process';
import { Agent, request } from 'node:http';
import { fileURLToPath } from 'node:url';

export interface AskedAside {
  readonly origin: string;
  readonly paths: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  /** Between an answer and the next question. */
  readonly pause_ms: number;
}

/** Milliseconds until the last byte of each answer. Rejects where one is not 200. */
export async function askAside(asked: AskedAside): Promise<number[]> {
  const child = fork(fileURLToPath(import.meta.url), { stdio: 'inherit' });
  try {
    return await new Promise<number[]>((resolve, reject) => {
      child.once('exit', () => reject(new Error('The process that asks has ended.')));
      child.once('message', (times) => resolve(times as number[]));
      child.send(asked);
    });
  } finally {
    child.kill();
  }
}

async function askAll({ origin, paths, headers, pause_ms }: AskedAside): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const times: number[] = [];
  for (const path of paths) {
    const started_ms = performance.now();
    const status = await ask(new URL(path, origin), headers, agent);
    times.push(performance.now() - started_ms);
    if (status !== 200) throw new Error(`${path} was answered with ${status}`);
    await new Promise((resolve) => setTimeout(resolve, pause_ms));
  }
  agent.destroy();
  return times;
}

function ask(url: URL, headers: AskedAside['headers'], agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    request(url, { agent, headers }, (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode ?? 0));
      response.once('error', reject);
    })
      .once('error', reject)
      .end();
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.once('message', (asked) => {
    void askAll(asked as AskedAside).then((times) => process.send?.(times));
  });
}

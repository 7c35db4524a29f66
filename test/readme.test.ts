/** The README's shell examples, run as they stand but for addresses, ports and folders. */

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startStaticServer } from '../testing/static-server.ts';
import { temporaryDirectory } from '../testing/temporary-directory.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const readme = readFileSync(join(root, 'README.md'), 'utf8');
/** Every line of the README's shell blocks, in order. */
const commands = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block = '']) =>
  block.trim().split('\n'),
);
const inline = [...readme.matchAll(/`(curl [^`]+)`/g)].map(([, command = '']) => command);

/** How long an example may take to say its address, or to end. */
const PATIENCE_MS = 60_000;

test('the README shows the two commands first, each with its own set-up', () => {
  assert.deepEqual(commands.slice(0, 2), ['npm ci && npm start', 'npm ci && npm test']);
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  assert.ok(scripts['start'] !== undefined && scripts['test'] !== undefined);
});

test('the first command crawls the demo and prints the address of a page that answers', async (t) => {
  const directory = temporaryDirectory(t);
  const run = start('npm start -- --port 0', directory);
  t.after(() => run.stop());
  const address = await run.address();
  const page = await fetch(new URL('/search?q=robots.txt', address));
  assert.equal(page.status, 200);
  assert.match(await page.text(), /robots/);
  await run.stop();
});

test('the examples of "Your own site" do what the README says', async (t) => {
  const directory = temporaryDirectory(t);
  const server = await startStaticServer({
    pages: {
      '/': '<!doctype html><html lang="en"><title>Docs</title><main><p>How to <a href="/install">install</a> it.</p></main></html>',
      '/install':
        '<!doctype html><html lang="en"><title>Install</title><main><p>You install it with one command.</p></main></html>',
    },
  });
  t.after(() => server.close());
  const own = commands.slice(2);
  const find = (pattern: RegExp): string => {
    const command = own.find((line) => pattern.test(line));
    assert.ok(command !== undefined, `the README has an example like ${pattern}`);
    return command;
  };

  const crawl = start(
    `${find(/ crawl .*--serve/).replace('https://docs.example.org/', `${server.origin}/`)} --allow-private --port 0`,
    directory,
  );
  t.after(() => crawl.stop());
  const address = await crawl.address();
  await until(async () => {
    const answer = await fetch(new URL('/search?q=install&format=json', address));
    return ((await answer.json()) as { hits: number }).hits >= 2;
  });
  // The directory is held by the running program: these go through its socket.
  assert.match(await start(find(/ search /), directory).output(), /Install/);
  assert.match(await start(find(/ status$/), directory).output(), /2/);
  await crawl.stop();

  await start(find(/ inject - /), directory).output();
  assert.match(await start('npx peregrine search "note to find"', directory).output(), /notes\.example\.org/);

  const serve = start(find(/ serve /).replace('--port 8080', '--port 0'), directory);
  t.after(() => serve.stop());
  const served = await serve.address();
  const curl = inline[0]?.replace('http://127.0.0.1:8080', served.replace(/\/$/, '')) ?? '';
  const answer = JSON.parse(await start(curl, directory).output()) as { results: unknown[] };
  assert.ok(answer.results.length > 0);
  await serve.stop();
});

interface Running {
  /** The first address on loopback that it prints. */
  address(): Promise<string>;
  /** Everything that it prints, once it has ended well. */
  output(): Promise<string>;
  stop(): Promise<void>;
}

function start(command: string, dataDirectory: string): Running {
  const child: ChildProcess = spawn('bash', ['-c', command], {
    cwd: root,
    env: {
      ...process.env,
      PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`,
      PEREGRINE_DATA_DIR: join(dataDirectory, 'data'),
      NO_COLOR: '1',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that what the shell started is stopped with it.
    detached: true,
  });
  let printed = '';
  child.stdout?.on('data', (chunk) => (printed += String(chunk)));
  child.stderr?.on('data', (chunk) => (printed += String(chunk)));
  const ended = new Promise<number | null>((resolve) => child.on('close', (code) => resolve(code)));
  const signal = (name: NodeJS.Signals): void => {
    try {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, name);
    } catch {
      // It has ended already.
    }
  };
  return {
    address: async () => {
      const found = (): string | undefined =>
        /http:\/\/(?:127\.0\.0\.1|localhost):\d+\/?/.exec(readyPart(printed))?.[0];
      await until(
        async () => found() !== undefined || child.exitCode !== null,
        () => printed,
      );
      assert.ok(found() !== undefined, `"${command}" prints an address; it printed: ${printed}`);
      return found() ?? '';
    },
    output: async () => {
      const limit = setTimeout(() => signal('SIGKILL'), PATIENCE_MS);
      const code = await ended;
      clearTimeout(limit);
      assert.equal(code, 0, `"${command}" ended with ${code}: ${printed}`);
      return printed;
    },
    stop: async () => {
      signal('SIGINT');
      const limit = setTimeout(() => signal('SIGKILL'), 15_000);
      await ended;
      clearTimeout(limit);
    },
  };
}

/** The lines that speak of searching: a crawl also prints the addresses that it crawls. */
function readyPart(text: string): string {
  return text
    .split('\n')
    .filter((line) => /search/i.test(line))
    .join('\n');
}

async function until(holds: () => Promise<boolean>, describe: () => string = () => ''): Promise<void> {
  const end_ms = performance.now() + PATIENCE_MS;
  while (!(await holds().catch(() => false))) {
    assert.ok(performance.now() < end_ms, `nothing came of it in ${PATIENCE_MS} ms: ${describe()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

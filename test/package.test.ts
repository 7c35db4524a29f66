/** The published package: packed, installed in an empty folder, run and imported; and refused by an old Node. */

import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { temporaryDirectory } from '../testing/temporary-directory.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
const nodeDirectory = dirname(process.execPath);
const environment = {
  ...process.env,
  PATH: `${nodeDirectory}:${process.env['PATH'] ?? ''}`,
  npm_config_loglevel: 'error',
};

describe('the published package', () => {
  const cleanUps: (() => Promise<void> | void)[] = [];
  let folder = '';
  let files: string[] = [];

  before(async () => {
    folder = temporaryDirectory({ after: (fn) => void cleanUps.push(fn) });
    await run(process.execPath, ['scripts/build-package.ts'], { cwd: root, env: environment });
    const packed = await run('npm', ['pack', '--json', '--pack-destination', folder], {
      cwd: join(root, 'dist', 'package'),
      env: environment,
    });
    const [report] = JSON.parse(packed.stdout) as [{ filename: string; files: { path: string }[] }];
    files = report.files.map(({ path }) => path);
    mkdirSync(join(folder, 'empty'));
    writeFileSync(join(folder, 'empty', 'package.json'), '{"name":"trial","private":true,"type":"module"}');
    await run(
      'npm',
      ['install', '--prefer-offline', '--no-audit', '--no-fund', join(folder, report.filename)],
      {
        cwd: join(folder, 'empty'),
        env: environment,
      },
    );
  });

  after(async () => {
    for (const cleanUp of cleanUps) await cleanUp();
  });

  test('holds JavaScript, types and WebAssembly, and neither sources nor tests', () => {
    assert.ok(files.some((path) => path.endsWith('library.js')));
    assert.ok(files.some((path) => path.endsWith('library.d.ts')));
    assert.ok(files.some((path) => path.endsWith('.wasm')));
    assert.ok(files.includes('docs/pictures/results.png'), 'the README shows its picture');
    const strays = files.filter((path) => /\.test\.|(?<!\.d)\.ts$/.test(path));
    assert.deepEqual(strays, []);
  });

  test('brings no Node of its own', () => {
    const installed = readdirSync(join(folder, 'empty', 'node_modules'));
    assert.ok(installed.includes('peregrine-search'));
    assert.deepEqual(
      installed.filter((name) => /^node(-bin)?(-|$)/.test(name) && name.includes('linux')),
      [],
    );
  });

  test('runs as a command', async () => {
    const help = await run('npx', ['peregrine', '--help'], { cwd: join(folder, 'empty'), env: environment });
    assert.match(help.stdout, /peregrine crawl/);
  });

  test('is imported, indexes and finds, with its parsing workers', async () => {
    const program = `
      import { openEngine } from 'peregrine-search';
      const engine = await openEngine({ dataDirectory: './data' });
      await engine.createCollection('docs');
      await engine.inject('docs', { url: 'https://example.org/', content: '<title>Hello</title><p>Hello falcon</p>' });
      const { results } = await engine.search('docs', { query: 'falcon' });
      console.log(results[0].url);
      await engine.close();`;
    writeFileSync(join(folder, 'empty', 'trial.js'), program);
    const result = await run(process.execPath, ['trial.js'], {
      cwd: join(folder, 'empty'),
      env: environment,
    });
    assert.equal(result.stdout.trim(), 'https://example.org/');
  });

  test('has types that a strict program can use', () => {
    writeFileSync(
      join(folder, 'empty', 'trial.ts'),
      `import { openEngine, type SearchResponse } from 'peregrine-search';\nexport const answer = async (): Promise<SearchResponse> => (await openEngine({ dataDirectory: 'x' })).search('docs', { query: 'q' });\n`,
    );
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    const checked = spawnSync(
      process.execPath,
      [
        tsc,
        '--noEmit',
        '--strict',
        '--module',
        'nodenext',
        '--target',
        'esnext',
        '--types',
        'node',
        '--typeRoots',
        join(root, 'node_modules/@types'),
        'trial.ts',
      ],
      { cwd: join(folder, 'empty'), encoding: 'utf8' },
    );
    assert.equal(checked.status, 0, checked.stdout);
  });

  test('stops on an older Node with one sentence that says what to do', (t) => {
    const old = oldNode();
    if (old === undefined) return t.skip('no Node older than 24 is on this machine');
    const bin = join(folder, 'empty', 'node_modules', 'peregrine-search', 'bin', 'peregrine.js');
    const result = spawnSync(old, [bin, '--help'], { encoding: 'utf8' });
    assert.notEqual(result.status, 0);
    assert.match(result.stderr, /Node 24 or later/);
    assert.equal(result.stderr.trim().split('\n').length, 1);
  });
});

/** A Node before 24 somewhere on the PATH, other than the one that runs this. */
function oldNode(): string | undefined {
  for (const directory of (process.env['PATH'] ?? '').split(':')) {
    const candidate = join(directory, 'node');
    const version = spawnSync(candidate, ['--version'], { encoding: 'utf8' }).stdout ?? '';
    const major = Number(/^v(\d+)/.exec(version)?.[1] ?? Number.NaN);
    if (major < 24) return candidate;
  }
  return undefined;
}

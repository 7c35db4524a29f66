import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { SETTINGS } from '../base/index.ts';
import { CaptiveTerminal } from '../../testing/captive-terminal.ts';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { configTemplate, readConfig } from './config-file.ts';
import { run } from './program.ts';

interface Shown {
  readonly name: string;
  readonly value?: string;
  readonly source: string;
}

test('the command line wins over the environment, that over the file, that over the defaults', async (t) => {
  const file = join(temporaryDirectory(t), 'peregrine.conf');
  writeFileSync(file, 'port = 1111\nrate-limit = 60  # a minute\nhost = "0.0.0.0"\nlog = text\n');
  const terminal = new CaptiveTerminal('locked');
  const before = process.env['PEREGRINE_RATE_LIMIT'];
  process.env['PEREGRINE_RATE_LIMIT'] = '70';
  t.after(() => {
    if (before === undefined) delete process.env['PEREGRINE_RATE_LIMIT'];
    else process.env['PEREGRINE_RATE_LIMIT'] = before;
  });
  const words = ['config', 'show', '--json', '--config', file, '--log', 'json'];
  assert.equal(await run(words, terminal), 0);
  const shown = new Map((JSON.parse(terminal.printed) as Shown[]).map((one) => [one.name, one]));
  assert.deepEqual(shown.get('log'), { name: 'log', value: 'json', source: 'command line' });
  assert.deepEqual(shown.get('rate-limit'), { name: 'rate-limit', value: '70', source: 'environment' });
  assert.deepEqual(shown.get('port'), { name: 'port', value: '1111', source: 'config file' });
  assert.deepEqual(shown.get('host'), { name: 'host', value: '0.0.0.0', source: 'config file' });
  assert.deepEqual(shown.get('collection'), { name: 'collection', value: 'main', source: 'default' });
  assert.equal(shown.size, SETTINGS.length);
});

test('every line that can not be read is named with what is wrong', async (t) => {
  const { problems } = readConfig(
    'prot = 80\nport = eighty\nport = 81\nport = 82\nnonsense\ndatadir = x\nmemory = 1kb\nallow-origin = example.org\n',
  );
  const at = (line: number): string => problems.find((one) => one.line === line)?.problem ?? '';
  assert.match(at(1), /no setting "prot"/);
  assert.match(at(2), /whole number from 0 to 65535/);
  assert.match(at(4), /set in line 2 already/);
  assert.match(at(5), /no "name = value"/);
  assert.match(at(6), /do you mean data-dir/);
  assert.match(at(7), /at least 128MB/);
  assert.match(at(8), /an origin such as/);

  const file = join(temporaryDirectory(t), 'bad.conf');
  writeFileSync(file, 'port = eighty\n');
  const terminal = new CaptiveTerminal('locked');
  assert.equal(await run(['config', 'check', file], terminal), 1);
  assert.match(terminal.told, /bad\.conf:1: port: It must be a whole number/);
  assert.equal(await run(['status', '--config', file], new CaptiveTerminal('locked')), 2);
});

test('the file that "config new" prints is good, with every line in force too', () => {
  assert.deepEqual(readConfig(configTemplate()), { lines: [], problems: [] });
  const inForce = configTemplate().replaceAll(/^#([a-z][a-z-]* = \S)/gm, '$1');
  const { lines, problems } = readConfig(inForce);
  assert.deepEqual(problems, []);
  const withDefaults = SETTINGS.filter((setting) => setting.default !== undefined);
  assert.deepEqual(
    lines.map(({ setting }) => setting.name),
    withDefaults.map(({ name }) => name),
  );
});

test('a config file that is watched is checked again when it changes', async (t) => {
  const file = join(temporaryDirectory(t), 'peregrine.conf');
  writeFileSync(file, 'port = 8080\n');
  const terminal = new CaptiveTerminal('locked');
  const ended = terminal.run('config', 'check', file, '--watch');
  await terminal.waitFor(/1 setting, all of them good/);
  writeFileSync(file, 'port = 8080\nprot = 9\n');
  await terminal.waitFor(/:2: there is no setting "prot"/);
  rmSync(file);
  await terminal.waitFor(/can't be read/);
  writeFileSync(file, 'port = 8080\nhost = 0.0.0.0\n');
  await terminal.waitFor(/2 settings, all of them good/);
  terminal.send('SIGINT');
  assert.equal(await ended, 0);
});

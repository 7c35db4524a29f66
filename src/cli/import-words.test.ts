import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';

import { CaptiveTerminal } from '../../testing/captive-terminal.ts';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { TinyEngine } from '../../testing/tiny-engine.ts';
import { type Engine, type EngineOptions, openEngine } from '../collection/index.ts';

/** Opens real engines. */
class RealTerminal extends CaptiveTerminal {
  override openEngine(options: EngineOptions): Promise<Engine> {
    return openEngine(options);
  }
}

test('an import of a folder says in words what was refused, and names files without places in them', async (t: TestContext) => {
  const folder = temporaryDirectory(t);
  const data = join(temporaryDirectory(t), 'data');
  writeFileSync(join(folder, 'owl.html'), '<title>Owls</title><p>An owl turns its head.');
  writeFileSync(join(folder, 'owl.png'), '\x89PNG\r\n\x1a\n\0\0\0');
  const terminal = new RealTerminal(new TinyEngine());
  assert.equal(await terminal.run('import', 'folder', folder, '--json', '--data-dir', data), 0);
  assert.match(terminal.told, /Why: 1 of a kind that is not read\./);
  assert.match(terminal.told, /^ {2}owl\.png: file:.*hold no text to index/m);
  const { reasons } = JSON.parse(terminal.printed) as { reasons: object };
  assert.deepEqual(reasons, { UNSUPPORTED_TYPE: 1 });
});

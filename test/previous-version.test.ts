/** Data directories that earlier programs wrote are opened by this one, lose nothing, and are brought up to it. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { openEngine } from '../src/collection/index.ts';
import { CaptiveTerminal } from '../testing/captive-terminal.ts';
import { unpackDirectory } from '../testing/packed-directory.ts';
import { temporaryDirectory } from '../testing/temporary-directory.ts';

const FOLDER = new URL('data-directories/', import.meta.url);

for (const name of readdirSync(FOLDER).filter((each) => each.endsWith('.zst'))) {
  test(`a data directory of ${name} opens with all that it held, and searches are whole after an upgrade`, async (t) => {
    const dataDirectory = join(temporaryDirectory(t), 'data');
    unpackDirectory(readFileSync(new URL(name, FOLDER)), dataDirectory);
    const engine = await openEngine({ dataDirectory });
    try {
      assert.deepEqual([...engine.collections()].sort(), ['main', 'other']);
      for (const collection of ['main', 'other']) {
        const titles: string[] = [];
        for await (const { document } of engine.documents(collection)) titles.push(document.title);
        const expected = [1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12].map((n) => `Page ${n} of ${collection}`);
        assert.deepEqual(titles.sort(), expected.sort());
      }
      assert.equal(Buffer.from((await engine.note('main', 'kept')) ?? []).toString(), 'a note');
      assert.equal((await engine.searchRules('main')).synonyms, 'raptor, falcon');
      const before = await engine.search('main', { query: 'falcon', perSite: 0, count: 20 });
      // Segments of an earlier version are left out, and searches say so.
      assert.ok(before.partial || before.matches === 11);
      const terminal = new CaptiveTerminal(engine);
      assert.equal(await terminal.run('upgrade', '--data-dir', dataDirectory), 0, terminal.told);
    } finally {
      await engine.close();
    }
    const again = await openEngine({ dataDirectory });
    try {
      for (const query of ['falcon', 'raptor']) {
        const found = await again.search('main', { query, perSite: 0, count: 20 });
        assert.deepEqual([found.matches, found.partial], [11, false], query);
      }
    } finally {
      await again.close();
    }
  });
}

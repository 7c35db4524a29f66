/**
 * Keeps a data directory as this program writes it, for the tests of programs to come: run before a format changes.
 *
 *     node scripts/keep-data-directory.ts NAME     writes test/data-directories/NAME.zst
 *
 * It holds two collections, files and a log that is not in files yet, a deleted document, a note, rules and a crawl record.
 */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { openEngine } from '../src/collection/index.ts';
import { packDirectory } from '../testing/packed-directory.ts';

const [name = ''] = process.argv.slice(2);
if (!/^[\w.-]+$/.test(name)) throw new Error('Name the file: node scripts/keep-data-directory.ts NAME');

const folder = mkdtempSync(join(tmpdir(), 'peregrine-kept-'));
try {
  const dataDirectory = join(folder, 'data');
  const engine = await openEngine({ dataDirectory });
  for (const collection of ['main', 'other']) {
    await engine.createCollection(collection);
    for (let n = 1; n <= 12; n++) {
      const links = [n - 1, n + 1].map((to) => `<a href="/${to}">page number ${to}</a>`).join(' ');
      await engine.inject(collection, {
        url: `https://kept.example.org/${n}`,
        content: `<html lang="en"><title>Page ${n} of ${collection}</title><h1>Falcon ${n}</h1><p>The falcon of number ${n} hunts in the air. ${links}</p></html>`,
        contentType: 'text/html',
      });
      // Half of them lie in files, in more than one run.
      if (n === 3 || n === 6) await engine.flush();
    }
    await engine.remove(collection, { url: 'https://kept.example.org/2' });
  }
  await engine.refreshLinks('main');
  await engine.writeNotes('main', new Map([['kept', Buffer.from('a note')]]));
  await engine.setSearchRules('main', { synonyms: 'raptor, falcon' });
  await engine.close();
  const path = new URL(`../test/data-directories/${name}.zst`, import.meta.url);
  writeFileSync(path, packDirectory(dataDirectory));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

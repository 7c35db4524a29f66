/** The administration as somebody uses it who has signed in: every page, every action, over a real engine. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import type { LightMyRequestResponse } from 'fastify';

import { ADMIN_SECTIONS } from '../src/server/admin/shell.ts';
import { titleBytes, titleRecord, writeTitleFile } from '../testing/gigablast-files.ts';
import { KEY } from '../testing/served-engine.ts';
import { serveSearch, type ServedSearch } from '../testing/served-search.ts';
import { temporaryDirectory } from '../testing/temporary-directory.ts';

const PAGES = {
  'https://birds.example/falcon': '<title>The falcon</title><p>A falcon hunts in the air.</p>',
  'https://birds.example/kestrel': '<title>The kestrel</title><p>A small falcon that hovers.</p>',
  'https://tales.example/falcon': '<title>The Maltese falcon</title><p>A tale of a statue.</p>',
};

/** What a page says, without the frame. */
function work({ statusCode, body }: LightMyRequestResponse): string {
  const said = /<div class="work">.*<\/main>/s.exec(body)?.[0] ?? body;
  assert.equal(statusCode, 200, said);
  return said;
}

describe('the administration', () => {
  const ends: (() => void | Promise<void>)[] = [];
  const ending = { after: (end: () => void | Promise<void>) => void ends.unshift(end) };
  let served: ServedSearch;
  let cookie = '';
  let csrf = '';

  before(async () => {
    served = await serveSearch(ending, {}, 1);
    const signed = await send('/admin/sign-in', { key: KEY });
    assert.equal(signed.statusCode, 303);
    cookie = String(signed.headers['set-cookie']).split(';', 1)[0] ?? '';
    const { body } = await served.ask({ url: '/admin', headers: { accept: 'text/html', cookie } });
    csrf = /name="csrf" value="([^"]+)"/.exec(body)?.[1] ?? '';
  });

  after(async () => {
    for (const end of ends) await end();
  });

  async function send(
    url: string,
    fields: Readonly<Record<string, string>>,
  ): Promise<LightMyRequestResponse> {
    return served.ask({
      method: 'POST',
      url,
      payload: new URLSearchParams(fields).toString(),
      headers: { accept: 'text/html', 'content-type': 'application/x-www-form-urlencoded', cookie },
    });
  }

  /** A collection of its own with {@link PAGES}, and ways to look and to press in it. */
  async function collection(c: string): Promise<{
    visit: (path: string) => Promise<string>;
    press: (path: string, fields?: Readonly<Record<string, string>>) => Promise<string>;
    quiet: () => Promise<string>;
  }> {
    await served.engine.createCollection(c);
    const all = Object.entries(PAGES);
    await Promise.all(all.map(async ([url, content]) => served.engine.inject(c, { url, content })));
    const visit = async (path: string): Promise<string> => {
      const url = path.includes('c=') ? path : `${path}${path.includes('?') ? '&' : '?'}c=${c}`;
      return work(await served.ask({ url, headers: { accept: 'text/html', cookie } }));
    };
    return {
      visit,
      press: async (path, fields = {}) => {
        const reply = await send(path, { csrf, c, ...fields });
        return reply.statusCode === 303 ? visit(String(reply.headers.location)) : work(reply);
      },
      quiet: async () => {
        for (;;) {
          const page = await visit('/admin/jobs');
          if (page.includes('Nothing long is under way.')) return page;
          await pause(20);
        }
      },
    };
  }

  test('every page of the administration opens over a real engine, with and without documents', async () => {
    const { visit, press } = await collection('pages');
    await press('/admin/collections/create', { name: 'empty' });
    for (const [, path, name] of ADMIN_SECTIONS) {
      for (const c of ['pages', 'empty']) {
        assert.match(await visit(`${path}?c=${c}`), new RegExp(`<h1>${name}</h1>`), path);
      }
    }
  });

  test('documents are put in, looked up, parsed, indexed again and removed, one by one and by a query', async () => {
    const { visit, press, quiet } = await collection('documents');
    const url = 'https://notes.example/1';
    const put = await press('/admin/documents/inject', {
      url,
      content: '<title>A note</title><p>On merlins.</p>',
    });
    assert.match(put, /“A note” is in/);
    assert.match(await press('/admin/documents/reindex', { of: url }), /indexed anew/);
    assert.match(await visit(`/admin/parse?of=${url}`), /On merlins\./);
    assert.match(await press('/admin/parse', { content: '<title>Pasted</title><p>Hobby</p>' }), /Pasted/);
    assert.match(await visit('/admin/terms?word=merlin'), /notes\.example/);
    assert.match(await press('/admin/documents/remove', { of: url }), /The document is removed/);
    assert.match(await visit(`/admin/documents?of=${url}`), /Nothing is stored under/);
    assert.match(await visit('/admin/documents?q=site:birds.example'), /2 documents match/);
    await press('/admin/documents/reindex-found', { q: 'site:birds.example' });
    assert.match(await quiet(), /2 documents read and indexed anew\./);
    await press('/admin/documents/remove-found', { q: 'site:birds.example' });
    assert.match(await quiet(), /2 documents removed\./);
    assert.match(await visit('/admin/query?q=falcon'), /1 matches/);
    assert.match(await visit('/admin/query?q=falcom'), /<strong>falcon<\/strong> was searched for/);
    const missing = await visit('/admin/query?q=falcon&url=https://birds.example/falcon');
    assert.match(missing, /Why not/);
    // The trail is written behind the answers.
    const audit = await visit('/admin/audit');
    assert.match(audit, /POST \/admin\/documents\/remove</);
  });

  test('a collection is exported into a file and imported into another', async () => {
    const { visit, press, quiet } = await collection('transfer');
    const directory = temporaryDirectory(ending);
    const file = join(directory, 'all.ndjson');
    await press('/admin/transfer/export', { file, format: 'ndjson' });
    assert.match(await quiet(), /3 documents written/);
    assert.equal((await readFile(file, 'utf8')).trim().split('\n').length, 3);
    await press('/admin/collections/create', { name: 'copy' });
    await press('/admin/transfer/import', { c: 'copy', kind: 'ndjson', directory: file });
    assert.match(await quiet(), /3 records read: 3 imported/);
    assert.match(await visit('/admin/query?c=copy&q=falcon'), /3 matches/);
    const refused = await press('/admin/transfer/import', { kind: 'ndjson', directory: 'relative' });
    assert.match(refused, /must be a whole path/);
    await press('/admin/transfer/import', { kind: 'csv', directory: join(directory, 'not-there.csv') });
    assert.match(await quiet(), /failed/);
    assert.match(
      await press('/admin/collections/delete', { name: 'copy', again: 'cpoy' }),
      /nothing is deleted/,
    );
    const left = await press('/admin/collections/delete', { name: 'copy', again: 'copy' });
    assert.doesNotMatch(left, /href="[^"]*c=copy/);
  });

  test('an import of a Gigablast is looked at, paused, gone on with, and tells what failed', async () => {
    const { visit, press } = await collection('old');
    const directory = join(temporaryDirectory(ending), 'coll.old.0');
    const pages = Array.from({ length: 200 }, (_, n) =>
      titleRecord({ url: `http://old.example/${n}`, content: `<title>Old ${n}</title>` }),
    );
    const bad = titleRecord({ url: 'no address', content: 'x', docId: 1 });
    writeTitleFile(directory, titleBytes([bad, ...pages]));
    const wanted = { kind: 'gigablast', directory, atOnce: '1' };
    const settled = async (state: RegExp): Promise<string> => {
      for (;;) {
        const page = await visit('/admin/transfer');
        if (state.test(page)) return page;
        await pause(50);
      }
    };
    await press('/admin/transfer/import', { ...wanted, isDryRun: '1' });
    assert.match(await settled(/only a look: done/), /200 would come in/);
    await press('/admin/transfer/import', wanted);
    const [, id = ''] = /name="id" value="([\da-f]{16})"/.exec(await visit('/admin/transfer')) ?? [];
    await press('/admin/transfer/pause', { id });
    assert.match(await settled(/>paused</), /Go on/);
    await press('/admin/transfer/go-on', { id });
    const done = await settled(/>done</);
    assert.match(done, /201 of 201 read, 200 imported/);
    assert.match(done, /titledb0001-000\.dat at 0: no address: /);
    assert.doesNotMatch(done, /Go on/);
  });

  test('store and index are checked, merged, written out, copied and made anew', async () => {
    const { visit, press, quiet } = await collection('store');
    await press('/admin/store/flush');
    const machine = await visit('/admin/store');
    assert.match(machine, /titles: [\d.]+ k?B in 1 run of [\d.]+ k?B/);
    assert.match(machine, /Scrubbed/);
    for (const depth of ['sample', 'deep']) await press('/admin/store/verify', { depth });
    await press('/admin/store/merge');
    for (const work of ['verify', 'repair', 'rebuild']) {
      await press('/admin/store/index', { work });
      await quiet();
    }
    const place = join(temporaryDirectory(ending), 'copies');
    await press('/admin/snapshots/take', { place, what: 'all' });
    await press('/admin/snapshots/take', { place, what: 'one' });
    await press('/admin/snapshots/plan', { place, every_h: '12', keep: '3' });
    await quiet();
    const [id = ''] = /[\dTZ-]+-store(?=<)/.exec(await visit('/admin/snapshots')) ?? [];
    await press('/admin/snapshots/restore', { place, id });
    const jobs = await quiet();
    assert.match(jobs, /Every 12 hours/);
    assert.match(jobs, /3 documents: 3 brought back/);
    await press('/admin/snapshots/plan-off');
    assert.match(await visit('/admin/snapshots'), /None are taken/);
    assert.match(await visit('/admin/snapshots?place=relative'), /whole path/);
    for (const job of ['Verify a sample', 'Verify every page', 'Merge', 'Index: rebuild', 'Snapshot of']) {
      assert.match(jobs, new RegExp(job));
    }
    const own = jobs.split('<tr>').filter((row) => !row.includes('not-there.csv'));
    assert.doesNotMatch(own.join(''), /badge bad/);
    assert.match(await visit('/admin/query?q=falcon'), /3 matches/);
  });

  test('rules, the lab and keys are written, tried and taken back', async () => {
    const { visit, press } = await collection('rules');
    assert.match(await press('/admin/rules/save', { rules: 'skip path ^= "/private/"' }), /1 rules are kept/);
    assert.match(await visit('/admin/rules'), /skip path \^=/);
    const lab = JSON.stringify({
      synonyms: 'raptor, falcon',
      queries: [{ query: 'raptor', judgements: { 'https://birds.example/falcon': 2 } }],
    });
    const added = await press('/admin/lab/add', { rules: '{}', kind: 'synonym', words: 'car, automobile' });
    assert.match(added, /synonyms&quot;: &quot;car, automobile/);
    assert.match(await press('/admin/lab/compare', { rules: lab }), /1 of 1 answers change/);
    assert.match(await press('/admin/lab/save', { rules: lab }), /in force/);
    assert.match(await visit('/admin/query?q=raptor'), /3 matches/);
    assert.match(await press('/admin/lab/save', { rules: '{oops' }), /no JSON[\s\S]*\{oops/);
    const page = 'https://birds.example/falcon';
    assert.match(await visit('/admin/lab?judge=raptor'), /value="2" selected[\s\S]*Keep these/);
    assert.match(await press('/admin/lab/judge', { query: 'raptor', page, grade: '3' }), /falcon&quot;: 3/);
    assert.match(await press('/admin/lab/measure'), /worth 1\.0000/);
    const made = await press('/admin/keys/create', { description: 'a box', actions: 'search' });
    const id = /name="id" value="([^"]+)"/.exec(made)?.[1] ?? '';
    assert.match(made, /a box/);
    assert.match(await press('/admin/keys/revoke', { id }), /opens nothing any more/);
    assert.match(await press('/admin/crawl/pause'), /(paused|no crawl|not)/i);
    // Whoever is led back to the page with a word about it was refused all the same.
    assert.match(await press('/admin/crawl/start', { seeds: 'no^address' }), /web addresses only/);
    let audit = '';
    // It is written down after the answer.
    while (!audit.includes('POST /admin/crawl/start')) {
      await pause(10);
      audit = await visit('/admin/audit');
    }
    assert.match(audit, /POST \/admin\/crawl\/start<[\s\S]{0,400}badge bad">400</);
  });
});

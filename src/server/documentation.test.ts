import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { withServer } from '../../testing/served-engine.ts';
import { CONTENTS, rendered } from './documentation.ts';

const DOCS = fileURLToPath(new URL('../../docs/', import.meta.url));

test('every page of the documentation is served, and its links lead to pages and places that are there', async () => {
  await withServer(async ({ ask }) => {
    const made = CONTENTS.map(([path]) => path);
    const files = globSync('**/*.md', { cwd: DOCS })
      .map((file) => file.replace(/\.md$/, ''))
      .filter((path) => !path.startsWith('pictures/') && path !== 'api');
    const bodies = new Map<string, string>();
    for (const path of new Set([...made, ...files])) {
      const reply = await ask(`/docs/${path}`);
      assert.equal(reply.statusCode, 200, path);
      bodies.set(`/docs/${path}`, reply.body);
    }
    for (const [from, body] of bodies) {
      for (const [, target = ''] of body.matchAll(/href="(\/docs\/[^"]+|#[^"]+)"/g)) {
        if (target === '#main') continue;
        const [path = '', anchor] = (target.startsWith('#') ? `${from}${target}` : target).split('#');
        const there = bodies.get(path.split('?', 1)[0] ?? '');
        assert.ok(there !== undefined, `${from} links to ${path}`);
        if (anchor !== undefined) assert.ok(there.includes(`id="${anchor}"`), `${from} links to ${target}`);
      }
    }
  });
});

test('Markdown becomes a page: places to link to, links of this server, code as it is', () => {
  const { title, body } = rendered(
    '# The `log`\n\n## Frames, and more\n\nSee [parts](formats/part.md#pages), [code](../src/x.ts) and [x](https://e.org/?a&b).\n\n```\na < b\n```\n\n| a | b |\n|---|---|\n| `1` | 2 |\n',
    'log',
  );
  const markup = body.toString();
  assert.equal(title, 'The log');
  assert.match(markup, /<h2 id="frames-and-more">Frames, and more<\/h2>/);
  assert.match(markup, /<a href="\/docs\/formats\/part#pages">parts<\/a>, code and/);
  assert.match(markup, /<code>a &lt; b<\/code>/);
  assert.match(rendered('`--a-b <x>`', 'log').body.toString(), /<code class="whole">--a-b &lt;x&gt;<\/code>/);
  assert.match(markup, /<td data-name="a"><code>1<\/code><\/td><td data-name="b">2<\/td>/);
});

test('the name of a folder leads to the page that leads through it', async () => {
  await withServer(async ({ ask }) => {
    for (const folder of ['formats', 'performance']) {
      const { statusCode, headers } = await ask(`/docs/${folder}`);
      assert.deepEqual([statusCode, headers['location']], [302, `/docs/${folder}/README`]);
    }
  });
});

test('what is not a page of the documentation is not found', async () => {
  await withServer(async ({ ask }) => {
    for (const path of [
      'nothing',
      '..%2f..%2fpackage',
      'formats/..%2flog',
      'constructor',
      'formats/nothing',
    ]) {
      assert.equal((await ask(`/docs/${path}`)).statusCode, 404, path);
    }
  });
});

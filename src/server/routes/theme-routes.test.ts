import assert from 'node:assert/strict';
import { test } from 'node:test';

import { withServer } from '../../../testing/served-engine.ts';

const SVG = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>';
const LOGO = `data:image/svg+xml;base64,${Buffer.from(SVG).toString('base64')}`;

test('a collection has a name, colours and a logo of its own, and no other has them', async () => {
  await withServer(async ({ ask, command, engine }) => {
    await engine.createCollection('other');
    const theme = {
      name: 'Bird <b>book</b>',
      light: { slate: '#7a1f3d' },
      dark: { slate: 'hsl(340 60% 80%)' },
      font: 'Inter',
      logo: LOGO,
    };
    const taken = await command({ method: 'POST', url: '/theme', payload: { c: 'main', ...theme } });
    assert.equal(taken.statusCode, 200, taken.body);
    assert.deepEqual((await ask('/theme')).json(), { collection: 'main', theme });
    for (const url of ['/', '/search?q=falcon', '/advanced', '/docs/getting-started']) {
      const { body } = await ask({ url, headers: { accept: 'text/html' } });
      assert.match(body, /Bird &lt;b&gt;book/, url);
      const [, style = ''] = /href="(\/theme\/style[^"]+)"/.exec(body) ?? [];
      const sheet = await ask(style.replaceAll('&amp;', '&'));
      assert.match(sheet.body, /@media not \(prefers-color-scheme: dark\)\{:root\{--slate:#7a1f3d;/);
      assert.match(sheet.body, /--font:Inter,system-ui/);
    }
    const logo = await ask('/theme/logo?c=main');
    assert.equal(logo.headers['content-type'], 'image/svg+xml');
    assert.match(String(logo.headers['content-security-policy']), /^sandbox; default-src 'none'/);
    assert.equal(logo.body, SVG);
    const other = await ask({ url: '/search?q=falcon&c=other', headers: { accept: 'text/html' } });
    assert.doesNotMatch(other.body, /Bird|\/theme\//);
    assert.equal((await ask('/theme/logo?c=other')).statusCode, 404);
    assert.equal((await command({ method: 'DELETE', url: '/theme?c=main' })).statusCode, 200);
    assert.doesNotMatch((await ask({ url: '/', headers: { accept: 'text/html' } })).body, /Bird|\/theme\//);
  });
});

test('nothing but values gets into a style sheet, and nothing but a picture is a logo', async () => {
  await withServer(async ({ command }) => {
    const refused: object[] = [
      { light: { slate: 'red;}body{background:url(//evil.example)' } },
      { light: { slate: 'url(https://evil.example/x)' } },
      { light: { 'slate;x': 'red' } },
      { dark: { ink: 'rgb(0 0 0);--x:1' } },
      { font: 'x;}*{display:none' },
      { font: 'x", y' },
      { logo: 'https://evil.example/logo.png' },
      { logo: `data:text/html;base64,${Buffer.from('<script>').toString('base64')}` },
      { logo: `data:image/png;base64,${'A'.repeat(100_000)}` },
      { name: 'x'.repeat(61) },
    ];
    for (const payload of refused) {
      const reply = await command({ method: 'POST', url: '/theme', payload });
      assert.equal(reply.statusCode, 400, JSON.stringify(payload).slice(0, 80));
    }
  });
});

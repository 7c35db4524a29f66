import assert from 'node:assert/strict';
import { test } from 'node:test';

import { withServer } from '../../../testing/served-engine.ts';

const KESTREL = 'https://birds.example.org/kestrel';

test('a stored page is framed in a sandbox where nothing of it can run', async () => {
  await withServer(async ({ ask, engine }) => {
    const content = '<title>Trap</title><script>parent.stolen = 1</script><p>text</p>';
    await engine.inject('main', { url: 'https://trap.example.org/', content });
    const { body } = await ask('/get?url=https://trap.example.org/');
    assert.match(
      body,
      /<iframe sandbox title="A copy of Trap" src="\/get\/raw\?c=main&amp;d=\d+"><\/iframe>/,
    );
    assert.match(body, /Mar 4, 2026/);
    assert.match(body, /href="https:\/\/trap\.example\.org\/"/);
    assert.doesNotMatch(body, /stolen/);

    const source = /src="(\/get\/raw[^"]+)"/.exec(body)?.[1]?.replace('&amp;', '&') ?? '';
    const raw = await ask(source);
    assert.equal(raw.body, content);
    const policy = String(raw.headers['content-security-policy']);
    assert.match(policy, /^sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:/);
    assert.doesNotMatch(policy, /allow-/);
    assert.equal(raw.headers['x-content-type-options'], 'nosniff');
  });
});

test('the text of a document is shown as text', async () => {
  await withServer(async ({ ask }) => {
    const { body } = await ask(`/get?view=text&url=${KESTREL}`);
    assert.match(body, /A small falcon that hovers\./);
    assert.doesNotMatch(body, /<iframe/);
  });
});

test('the words of a query are marked in the text, in the page as it came, and for programs', async () => {
  await withServer(async ({ ask, engine }) => {
    const text = await ask(`/get?view=text&q=FALCONS&url=${KESTREL}`);
    assert.match(text.body, /A small <mark>falcon<\/mark> that hovers\./);
    const content =
      '<title>Falcon</title><p title="falcon">A <b>fal</b>con &lt;falcon&gt;.<script>falcon</script>';
    await engine.inject('main', { url: 'https://marks.example.org/', content });
    const { body } = await ask('/get?q=falcon&url=https://marks.example.org/');
    const source = /src="(\/get\/raw[^"]+)"/.exec(body)?.[1]?.replaceAll('&amp;', '&') ?? '';
    assert.equal(
      (await ask(source)).body,
      '<title>Falcon</title><p title="falcon">A <b><mark>fal</mark></b><mark>con</mark> &lt;<mark>falcon</mark>&gt;.<script>falcon</script>',
    );
    const { marks } = (await ask(`/get?format=json&q=falcon&url=${KESTREL}`)).json<{ marks: unknown }>();
    assert.deepEqual(marks, { title: [], sections: [[[8, 14]]] });
  });
});

test('JSON gives the page, its text and what is known of it', async () => {
  await withServer(async ({ ask }) => {
    const reply = (await ask(`/get?format=json&url=${KESTREL}`)).json<{
      response: Record<string, unknown>;
      document: Record<string, unknown>;
    }>();
    assert.equal(reply.response['statusCode'], 0);
    assert.equal(reply.response['url'], KESTREL);
    assert.equal(reply.response['cachedTimeUTC'], 1772632800);
    assert.match(String(reply.response['content']), /^<html lang="en">/);
    assert.equal(reply.document['title'], 'The kestrel');
    assert.equal(reply.document['text'], 'A small falcon that hovers.');
    assert.equal(reply.document['raw'], undefined);
    const again = await ask(`/get?format=json&d=${String(reply.response['docId'])}`);
    assert.equal(again.statusCode, 200);
  });
});

test('pages that ask not to be stored are shown to nobody but the administrator', async () => {
  await withServer(async ({ ask, command, engine }) => {
    await engine.inject('main', { url: 'https://shy.example.org/', content: '<meta content=noarchive>shy' });
    for (const url of ['/get', '/get/raw'].map((path) => `${path}?url=https://shy.example.org/`)) {
      assert.equal((await ask(url)).statusCode, 403);
      assert.equal((await command({ method: 'GET', url })).statusCode, 200);
    }
  });
});

test('what is not stored is not found, and what is asked badly is told so', async () => {
  await withServer(async ({ ask }) => {
    assert.equal((await ask('/get?url=https://nowhere.example.org/')).statusCode, 404);
    assert.equal((await ask('/get?d=1')).statusCode, 404);
    assert.equal((await ask('/get')).statusCode, 400);
    assert.equal((await ask('/get?d=9007199254740993')).statusCode, 400);
    assert.equal((await ask('/get?d=x')).statusCode, 400);
  });
});

test('a removed document is gone', async () => {
  await withServer(async ({ ask, command }) => {
    const url = `/document?url=${KESTREL}`;
    assert.deepEqual((await command({ method: 'DELETE', url })).json(), { removed: true });
    assert.deepEqual((await command({ method: 'DELETE', url })).json(), { removed: false });
    assert.equal((await ask(`/get?url=${KESTREL}`)).statusCode, 404);
  });
});

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { type CallToolResult, Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';

import { KEY, withServer } from '../../../testing/served-engine.ts';
import { temporaryDirectory } from '../../../testing/temporary-directory.ts';
import { openEngine } from '../../collection/index.ts';
import { listen } from '../create-server.ts';
import { KeyRing } from '../key-ring.ts';

const READING = ['list_collections', 'list_sites', 'read_page', 'search'];
const ALL = ['crawl', 'crawl_status', ...READING];

async function connected(origin: string, key?: string): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' });
  const headers: Record<string, string> = key === undefined ? {} : { authorization: `Bearer ${key}` };
  await client.connect(
    new StreamableHTTPClientTransport(new URL('/mcp', origin), { requestInit: { headers } }),
  );
  return client;
}

async function toolNames(client: Client): Promise<string[]> {
  return (await client.listTools()).tools.map(({ name }) => name).sort();
}

async function call(client: Client, name: string, args: Record<string, unknown>): Promise<CallToolResult> {
  return client.callTool({ name, arguments: args });
}

test('a client over HTTP lists and calls every tool that its key is for', async () => {
  const keys = KeyRing.inMemory();
  const { key: crawler } = await keys.create(
    { actions: ['search', 'crawl'] },
    { description: '', now_ms: 0 },
  );
  await withServer(
    async ({ server, engine }) => {
      const origin = await listen(server, { port: 0 });
      await engine.createCollection('secret');

      const stranger = await connected(origin);
      assert.deepEqual(await toolNames(stranger), READING);
      const found = await call(stranger, 'search', { query: 'falcon' });
      const { results } = found.structuredContent as { results: { url: string; passage: string }[] };
      assert.equal(results.length, 2);
      const page = await call(stranger, 'read_page', { url: 'https://birds.example.org/peregrine' });
      const { markdown } = page.structuredContent as { markdown: string };
      assert.match(markdown, /^# The peregrine falcon\n/);
      assert.match(markdown, /fastest animal/);
      const { structuredContent } = await call(stranger, 'list_collections', {});
      assert.deepEqual(structuredContent, { collections: [{ name: 'main', documents: 2 }] });
      const hidden = await call(stranger, 'search', { query: 'x', collection: 'secret' });
      assert.equal(hidden.isError, true);
      const missing = await call(stranger, 'read_page', { url: 'https://nowhere.example.org/' });
      assert.match(JSON.stringify(missing.content), /not in the index/);
      await stranger.close();

      assert.deepEqual(await toolNames(await connected(origin, crawler)), ALL);
      const owner = await connected(origin, KEY);
      assert.deepEqual(await toolNames(owner), ALL);
      const started = await call(owner, 'crawl', { seeds: ['https://birds.example.org/peregrine'] });
      assert.equal(started.isError, undefined, JSON.stringify(started.content));
      await engine.crawlDone('main');
      const status = await call(owner, 'crawl_status', {});
      assert.equal((status.structuredContent as { fetched: number }).fetched, 2);
      await owner.close();
    },
    { keys, publicCollections: ['main'] },
  );
});

test('a client starts the command and calls tools over standard input and output', async (t) => {
  const dataDirectory = join(temporaryDirectory(t), 'data');
  const engine = await openEngine({ dataDirectory });
  await engine.createCollection('main');
  for (const url of ['https://a.example.org/1', 'https://a.example.org/2', 'https://b.example.org/']) {
    await engine.inject('main', { url, content: `<title>Falcons</title><p>At ${url}</p>` });
  }
  await engine.close();
  const client = new Client({ name: 'test', version: '1' });
  const main = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [main, 'mcp', '--data-dir', dataDirectory],
      stderr: 'ignore',
    }),
  );
  assert.deepEqual(await toolNames(client), ALL);
  const { structuredContent } = await call(client, 'list_collections', {});
  assert.deepEqual(structuredContent, { collections: [{ name: 'main', documents: 3 }] });
  const sites = await call(client, 'list_sites', { query: 'falcons' });
  assert.deepEqual(sites.structuredContent, {
    sites: [
      { site: 'a.example.org', documents: 2 },
      { site: 'b.example.org', documents: 1 },
    ],
    isExact: true,
  });
  await client.close();
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Courtesy } from './courtesy.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('what nobody waits for stands still while somebody waits, and goes on in its order', async () => {
  const courtesy = new Courtesy();
  const done: string[] = [];
  const answer = Promise.withResolvers<void>();
  const search = courtesy.first(async () => {
    await answer.promise;
    done.push('search');
  });
  const pages = ['a', 'b', 'c'].map(async (name) => {
    await courtesy.pass();
    done.push(name);
  });
  for (let i = 0; i < 3; i++) await turn();
  assert.deepEqual([done, courtesy.since_ms], [[], 0]);
  answer.resolve();
  await Promise.all([search, ...pages]);
  assert.deepEqual(done, ['search', 'a', 'b', 'c']);
  assert.ok(courtesy.since_ms > 0 && courtesy.since_ms < Infinity);
});

test('somebody who never gets an answer stops nothing for ever', async () => {
  const courtesy = new Courtesy();
  void courtesy.first(() => new Promise(() => undefined));
  for (let i = 0; i < 3; i++) await courtesy.pass();
  assert.equal(courtesy.since_ms, 0);
});

test('a search that fails lets others go on', async () => {
  const courtesy = new Courtesy();
  await assert.rejects(
    courtesy.first(() => Promise.reject(new Error('no'))),
    /no/,
  );
  assert.ok(courtesy.since_ms > 0);
  await courtesy.pass();
});

test('much work that nobody waits for leaves turns to others', async () => {
  const courtesy = new Courtesy();
  let [begun, turns, most] = [0, 0, 0];
  const works = Array.from({ length: 30 }, async () => {
    await courtesy.pass();
    begun += 1;
    const end_ms = performance.now() + 2;
    while (performance.now() < end_ms);
  });
  while (begun < works.length) {
    const before = begun;
    await turn();
    turns += 1;
    most = Math.max(most, begun - before);
  }
  await Promise.all(works);
  assert.ok(most <= 3 && turns >= 10, `${most} in a turn, ${turns} turns`);
});

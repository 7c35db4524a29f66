import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NO_HISTORY } from './change-history.ts';
import { seededRandom, toCollectionId } from '../base/index.ts';
import { sortedShards } from '../../testing/sorted-store.ts';
import { type DueEntry, Frontier, type NewRequest } from './frontier.ts';
import { hostOf } from './host.ts';
import { HostQueue } from './host-queue.ts';

const MAIN = toCollectionId(1);
const reply = {
  outcome: 'indexed',
  round: 1,
  at_ms: 1,
  status: 200,
  bodyHash: 1n,
  etag: '',
  lastModified: '',
  history: NO_HISTORY,
  target: '',
  detail: '',
} as const;
const attempt = {
  outcome: 'timeout',
  at_ms: 1,
  took_ms: 1,
  status: 0,
  size_bytes: 0,
  ip: '',
  detail: '',
} as const;

const request = (path: string, depth: number): NewRequest => ({
  url: `http://a.example/${path}`,
  depth,
  redirects: 0,
  isSitemap: false,
});

describe('The queue of a host', () => {
  it('gives every request once, whatever is added, finished, postponed and put back meanwhile', async () => {
    for (let seed = 1; seed <= 12; seed++) {
      const random = seededRandom(seed);
      const frontier = new Frontier(sortedShards());
      const host = hostOf('http://a.example/');
      const queue = new HostQueue(frontier, MAIN, host);
      const taken = new Map<string, number>();
      const open: DueEntry[] = [];
      let made = 0;
      let now_ms = 1_000;
      const add = async (count: number): Promise<void> => {
        const requests = Array.from({ length: count }, () => request(String((made += 1)), random.below(5)));
        for (const entry of (await frontier.add(MAIN, 1, now_ms, requests)).added) queue.offer(entry);
      };
      const postpone = async (entry: DueEntry, due_ms: number): Promise<void> => {
        const later = await frontier.postpone(entry, due_ms, attempt, 0);
        queue.settle(entry);
        queue.offer(later);
      };
      const finish = async (entry: DueEntry): Promise<void> => {
        await frontier.finish(entry, 1, { reply, attempt: undefined, attemptsBefore: 0, isFetch: true });
        queue.settle(entry);
      };
      await add(random.below(300));
      let isEmpty = false;
      const working: Promise<void>[] = [];
      while (!isEmpty) {
        now_ms += 1;
        if (made < 600 && random.below(3) === 0) working.push(add(random.below(100)));
        const next = await queue.next(now_ms);
        if (next.kind === 'entry') {
          taken.set(next.entry.request.url, (taken.get(next.entry.request.url) ?? 0) + 1);
          open.push(next.entry);
        } else if (next.kind === 'wait') now_ms = next.until_ms;
        if (open.length > 0 && (next.kind !== 'entry' || random.below(2) === 0)) {
          const [entry] = open.splice(random.below(open.length), 1);
          const chance = random.below(8);
          if (chance === 0) {
            taken.set(entry!.request.url, 0);
            queue.putBack(entry!);
          } else if (chance === 1) {
            taken.set(entry!.request.url, 0);
            working.push(postpone(entry!, now_ms + random.below(20) + 1));
          } else {
            working.push(finish(entry!));
          }
        }
        if (next.kind === 'empty' && open.length === 0) {
          isEmpty = working.length === 0;
          await Promise.all(working.splice(0));
        }
      }
      assert.equal(queue.unsettled, 0);
      assert.equal(taken.size, made, `seed ${seed}`);
      for (const [url, times] of taken) assert.equal(times, 1, `${url}, seed ${seed}`);
      const { queued, fetched } = await frontier.sum(MAIN);
      assert.deepEqual([queued, fetched], [0, made], `seed ${seed}`);
    }
  });

  it('goes by depth, then by the order of finding, and takes what has waited long enough first', async () => {
    const frontier = new Frontier(sortedShards());
    const queue = new HostQueue(frontier, MAIN, hostOf('http://a.example/'));
    await frontier.add(MAIN, 1, 5, [request('d1', 1), request('d1b', 1), request('d0', 0)]);
    await frontier.add(MAIN, 1, 4, [request('d1-earlier', 1)]);
    const take = async (now_ms: number): Promise<string> => {
      const next = await queue.next(now_ms);
      return next.kind === 'entry' ? new URL(next.entry.request.url).pathname : next.kind;
    };
    assert.equal(await take(10), '/d0');
    const first = await queue.next(10);
    assert.ok(first.kind === 'entry' && first.entry.request.url.endsWith('earlier'));
    const later = await frontier.postpone(first.entry, 50, attempt, 0);
    queue.settle(first.entry);
    queue.offer(later);
    assert.equal(await take(10), '/d1');
    assert.equal(await take(50), '/d1-earlier');
    assert.equal(await take(50), '/d1b');
    assert.equal(await take(50), 'empty');
  });
});

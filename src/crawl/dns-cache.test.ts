import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DnsCache, type Resolve } from './dns-cache.ts';

describe('Answers of name resolution', () => {
  it('are shared, kept for a while, and asked for anew then; failures sooner', async () => {
    let now_ms = 0;
    let asked = 0;
    const resolve = ((
      name: string,
      _options: unknown,
      tell: (error: Error | null, found: unknown) => void,
    ) => {
      asked += 1;
      if (name === 'bad.example') tell(new Error('ENOTFOUND'), []);
      else setImmediate(() => tell(null, [{ address: `192.0.2.${asked}`, family: 4 }]));
    }) as unknown as Resolve;
    const names = new DnsCache(resolve, () => now_ms);
    const first = await Promise.all([names.addresses('a.example'), names.addresses('a.example')]);
    assert.deepEqual(first[0], first[1]);
    await names.addresses('a.example');
    assert.equal(asked, 1);
    now_ms = 300_001;
    assert.equal((await names.addresses('a.example'))[0]?.address, '192.0.2.2');
    await assert.rejects(names.addresses('bad.example'));
    await assert.rejects(names.addresses('bad.example'));
    assert.equal(asked, 3);
    now_ms += 10_001;
    await assert.rejects(names.addresses('bad.example'));
    assert.equal(asked, 4);
  });
});

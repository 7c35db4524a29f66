import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { sharedData } from '../../../testing/shared-data.ts';
import { parseOldSettings, takeSettings } from './old-settings.ts';

test('the settings of a real Gigablast are read: lists, CDATA and entities', (t) => {
  const sample = sharedData('gigablast-sample');
  if (sample === undefined) return t.skip('no test data');
  const settings = parseOldSettings(readFileSync(join(sample, 'coll.sample.1/coll.conf'), 'utf8'));
  assert.deepEqual(settings.get('collectionCreatedTime'), ['1795342060']);
  assert.equal(settings.get('filterPriority')?.length, 24);
  assert.deepEqual(settings.get('backHighlightTag'), ['</b>']);
  const { crawl, seeds, notes } = takeSettings(settings);
  assert.deepEqual([crawl, seeds], [{ concurrency: 64 }, []]);
  const [profile = '', others = ''] = notes;
  assert.match(profile, /profile "web"/);
  assert.match(others, /languageWeight, .*, and \d+ more/);
});

const CONF = `# A comment with <maxSpiders>9</> in it stands in no line of its own.
<maxSpiders>4</>
<spiderDelayInMilliseconds>1500</>
<useRobotstxt>0</>
<siteList><![CDATA[# sites
example.org
seed:https://docs.example.org/start/
-contains:/private/
tag:news
]]></>
<filterExpression><![CDATA[isrss]]></>
<filterExpression><![CDATA[hopcount&gt;=3]]></>
<filterExpression><![CDATA[errorcount&gt;=3]]></>
<filterPriority>100</>
<filterPriority>20</>
<filterPriority>1</>
<maxSpidersPerRule>9</>
<maxSpidersPerRule>0</>
<collectionPasswords><![CDATA[secret]]></>
`;

test('a crawl goes on at the old pace, from the old sites, by the rules that have a counterpart', () => {
  const { crawl, seeds, notes } = takeSettings(parseOldSettings(CONF));
  assert.deepEqual([crawl.concurrency, crawl.delay_ms], [4, 1_500]);
  assert.deepEqual(seeds, ['http://example.org/', 'https://docs.example.org/start/']);
  assert.deepEqual(
    crawl.rules?.map(({ when, action }) => [when, action]),
    [
      ['url *= "/private/"', 'skip'],
      ['isFeed', 'crawl'],
      ['depth >= 3', 'skip'],
    ],
  );
  const told = notes.join('\n');
  for (const what of ['robots.txt', 'tag:news', 'errorcount>=3', 'make keys'])
    assert.ok(told.includes(what), what);
  assert.ok(!told.includes('secret'));
});

test('what is no list of settings gives none', () => {
  for (const text of ['', '\0\u0001<a', '<siteList><![CDATA[', '<x>1</>'.repeat(1_000)]) {
    assert.deepEqual(takeSettings(parseOldSettings(text)).crawl, {});
  }
});

/** The cases of the public suffix list against the sites that we tell documents by. */

import { readFileSync } from 'node:fs';
import { getDomain } from 'tldts';
import { partsOfUrl } from '../../src/document/url-parts.ts';
import { type Suite, type SuiteResult, Tally } from './suite.ts';

export const publicSuffixes: Suite = {
  name: 'public-suffix-list',
  data: 'tests/psl/tests.txt',
  run(path): SuiteResult {
    const tally = new Tally(this.name);
    for (const line of readFileSync(path, 'utf8').split('\n')) {
      const [host = '', domain = ''] = line.split(/\s+/);
      if (host === '' || host.startsWith('//')) continue;
      const wanted = domain === 'null' ? '' : domain;
      const got = getDomain(host === 'null' ? '' : host, { allowPrivateDomains: true }) ?? '';
      const site = wanted === '' ? '' : partsOfUrl(`https://www.${host}/`).sites.at(-1);
      // Sites are written as the network writes them.
      const agrees = wanted === '' || site === URL.parse(`https://${wanted}/`)?.hostname;
      if (got === wanted && agrees) tally.pass();
      else
        tally.differ(
          host.startsWith('.') ? 'leading-dot' : undefined,
          `${host}: ${wanted} but ${got}, site ${site}`,
        );
    }
    return tally.result();
  },
};

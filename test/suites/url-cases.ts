/** The URL cases of web-platform-tests against the links that we find in pages. */

import { readFileSync } from 'node:fs';
import { LinkResolver } from '../../src/document/link-resolver.ts';
import { type Suite, type SuiteResult, Tally } from './suite.ts';

interface UrlCase {
  readonly input: string;
  readonly base: string | null;
  readonly failure?: boolean;
  readonly href?: string;
}

interface AsciiCase {
  readonly input: string;
  readonly output: string | null;
}

export const urlCases: Suite = {
  name: 'wpt-url',
  data: 'tests/url/urltestdata.json',
  run(path): SuiteResult {
    const tally = new Tally(this.name);
    for (const each of JSON.parse(readFileSync(path, 'utf8')) as (UrlCase | string)[]) {
      if (typeof each !== 'string') tryCase(tally, each);
    }
    return tally.result();
  },
};

export const hostCases: Suite = {
  name: 'wpt-url-toascii',
  data: 'tests/url/toascii.json',
  run(path): SuiteResult {
    const tally = new Tally(this.name);
    for (const each of JSON.parse(readFileSync(path, 'utf8')) as (AsciiCase | string)[]) {
      if (typeof each === 'string') continue;
      const { input, output } = each;
      tryCase(tally, {
        input: `https://${input}/x`,
        base: null,
        ...(output === null ? { failure: true } : { href: `https://${output}/x` }),
      });
    }
    return tally.result();
  },
};

/** The runtime's own parser is what we build on: where it differs from the standard, so do we. */
function tryCase(tally: Tally, { input, base, failure, href = '' }: UrlCase): void {
  const wanted = failure === true ? '' : href;
  const platform = URL.parse(input, base ?? undefined)?.href ?? '';
  // Links lead to what can be fetched, and to pages, not to places in them.
  const fetched = /^https?:/.test(wanted) ? wanted.replace(/#.*$/s, '') : '';
  const got = new LinkResolver(base ?? 'about:blank', '').resolve(input);
  if (platform === wanted && got === fetched) tally.pass();
  else {
    const reason = platform !== wanted ? 'platform' : input === '' ? 'empty' : undefined;
    tally.differ(reason, `${JSON.stringify(input)} on ${base}: ${fetched} but ${got}; platform ${platform}`);
  }
}

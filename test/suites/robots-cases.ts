/** The cases of Google's robots.txt parser and of Protego against `crawl/robots.ts`. */

import { readFileSync } from 'node:fs';
import { Robots } from '../../src/crawl/index.ts';
import { type Suite, type SuiteResult, Tally } from './suite.ts';

interface RobotsCase {
  readonly robots: string;
  /** The file's bytes, where they are no UTF-8. */
  readonly robots_b64?: string;
  readonly ua: string;
  readonly url?: string;
  readonly allow?: boolean;
  /** Seconds; null where the file asks nothing that can be understood. */
  readonly crawl_delay?: number | null;
}

export const googleRobots: Suite = robotsSuite('robots-google', 'tests/robots/google.json');
export const protegoRobots: Suite = robotsSuite('robots-protego', 'tests/robots/protego.json');

function robotsSuite(name: string, data: string): Suite {
  return {
    name,
    data,
    run(path): SuiteResult {
      const tally = new Tally(name);
      for (const each of JSON.parse(readFileSync(path, 'utf8')) as RobotsCase[]) tryCase(tally, each);
      return tally.result();
    },
  };
}

function tryCase(tally: Tally, each: RobotsCase): void {
  const text =
    each.robots_b64 === undefined
      ? each.robots
      : new TextDecoder().decode(Buffer.from(each.robots_b64, 'base64'));
  const robots = Robots.parse(text);
  const { ua, url, allow, crawl_delay: delay } = each;
  if (delay !== undefined) {
    const asked_ms = robots.crawlDelay_ms(ua);
    const wanted_ms = delay === null ? undefined : delay * 1_000;
    if (asked_ms === wanted_ms) tally.pass();
    else tally.differ(undefined, `${JSON.stringify(text)}: crawl-delay ${asked_ms} for ${wanted_ms} ms`);
  }
  if (url === undefined || allow === undefined) return;
  const { allowed, reason } = robots.decide(url, ua);
  if (allowed === allow) tally.pass();
  else {
    tally.differ(
      reasonOf(text, ua, url),
      `${ua} at ${url} of ${JSON.stringify(text)}: ${allowed}, ${reason}`,
    );
  }
}

/** A line of a robots.txt that is none of the protocol's own, between two that name agents. */
const OTHER_RECORD =
  /^\s*user-agent\s*:.*\n(?:\s*(?!user-agent|allow|disallow)[\w-]+\s*:.*\n)+\s*user-agent\s*:/im;

function reasonOf(text: string, agent: string, url: string): string | undefined {
  if (/%[0-9a-f]{2}/i.test(text)) return 'percent-encoding';
  if (OTHER_RECORD.test(text)) return 'other-records';
  if (url.includes('$')) return 'dollar';
  const named = [...text.matchAll(/^\s*user-agent\s*:\s*(\S+)/gim)].map(([, name = '']) =>
    name.toLowerCase(),
  );
  const isPrefix = (name: string): boolean => agent.toLowerCase().startsWith(name);
  if (!named.includes(agent.toLowerCase()) && named.some(isPrefix)) return 'product-token';
  return undefined;
}

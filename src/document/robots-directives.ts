/** What a page asks of robots: meta elements and X-Robots-Tag headers. */

import type { RobotsDirectives } from './document.ts';

/** Names by which pages address us; `*` means everybody. */
export const ROBOT_NAMES: ReadonlySet<string> = new Set(['*', 'robots', 'peregrine', 'peregrinebot']);

export const NO_DIRECTIVES: RobotsDirectives = {
  noindex: false,
  nofollow: false,
  nosnippet: false,
  noarchive: false,
};

/** Directives with a colon of their own: what stands before it is no robot's name. */
const WITH_VALUE = /^(?:unavailable_after|max-snippet|max-image-preview|max-video-preview)$/;
const AGENT = /^([\w.*-]+)\s*:\s*(.*)$/s;

/** A comma, but for that behind a day's name: it stands in a date. */
const BETWEEN_DIRECTIVES = /(?<!\b(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?),/i;

/** Directives of a meta element's content. `now_ms` decides about `unavailable_after`. */
export function parseDirectives(content: string, now_ms: number): RobotsDirectives {
  // A date may hold commas, so it is taken out first.
  const after = /unavailable_after\s*:\s*([^;]+?)(?:,\s*(?=[a-z-]+\s*(?:,|$|:))|$)/i.exec(content);
  const expires_ms = after?.[1] === undefined ? Number.NaN : Date.parse(after[1]);
  const words = (after === null ? content : content.replace(after[0], ','))
    .toLowerCase()
    .split(/[,;\s]+/)
    .filter((word) => word !== '');
  const has = (...wanted: string[]): boolean => words.some((word) => wanted.includes(word));
  return {
    noindex: has('noindex', 'none') || expires_ms < now_ms,
    nofollow: has('nofollow', 'none'),
    nosnippet: has('nosnippet', 'max-snippet:0') || /max-snippet\s*:\s*0\b/i.test(content),
    noarchive: has('noarchive', 'nocache'),
  };
}

/**
 * Directives of an X-Robots-Tag header that are meant for us. Lines are parted by line feeds, or joined by commas as
 * HTTP libraries do; then what follows a robot's name is that robot's until the next name.
 */
export function parseRobotsHeader(header: string, now_ms: number): RobotsDirectives {
  let directives = NO_DIRECTIVES;
  for (const line of header.split('\n')) {
    let isForUs = true;
    for (const piece of line.split(BETWEEN_DIRECTIVES)) {
      let directive = piece.trim();
      const [, name, rest] = AGENT.exec(directive) ?? [];
      if (name !== undefined && !WITH_VALUE.test(name.toLowerCase())) {
        isForUs = ROBOT_NAMES.has(name.toLowerCase());
        directive = rest ?? '';
      }
      if (isForUs) directives = stricter(directives, parseDirectives(directive, now_ms));
    }
  }
  return directives;
}

/** Whatever one of both forbids. */
export function stricter(a: RobotsDirectives, b: RobotsDirectives): RobotsDirectives {
  return {
    noindex: a.noindex || b.noindex,
    nofollow: a.nofollow || b.nofollow,
    nosnippet: a.nosnippet || b.nosnippet,
    noarchive: a.noarchive || b.noarchive,
  };
}

/**
 * Which pages are rendered: those of kinds that were seen to say more with their scripts than without. A page that looks
 * whole is never tried; one that looks empty is, and what comes of it decides for all pages of its kind on its host.
 */

import type { BuiltDocument } from '../document/index.ts';
import { templateOf } from './url-template.ts';

/** Pages of a kind that are tried before it counts as none for scripts. */
const TRIES = 2;
/** A page with fewer words than this, or no links at all, may be waiting for its scripts. */
const FEW_TOKENS = 60;
/** Rendering is worth it where it brings so much more text, … */
const MORE_TEXT = 1.3;
const MORE_TOKENS = 10;
/** … or so many links that were not there. */
const MORE_LINKS = 1;
const MAX_KINDS = 50_000;
const DECODER = new TextDecoder('latin1');
const HEAD_BYTES = 256 * 1024;

interface Kind {
  tries: number;
  isWorthIt: boolean;
}

export class RenderPolicy {
  /** Host and form of the URL → what was seen of it. */
  readonly #kinds = new Map<string, Kind>();

  /** Whether a page should be rendered that was built without. */
  wants(url: string, bytes: Uint8Array, built: BuiltDocument): boolean {
    if (!hasScripts(bytes)) return false;
    const kind = this.#kinds.get(kindOf(url));
    if (kind?.isWorthIt === true) return true;
    return (kind?.tries ?? 0) < TRIES && looksEmpty(bytes, built);
  }

  /** Tells what rendering brought; true where the rendered page says more. */
  learn(url: string, without: BuiltDocument, rendered: BuiltDocument | undefined): boolean {
    const key = kindOf(url);
    const kind = this.#kinds.get(key) ?? { tries: 0, isWorthIt: false };
    if (this.#kinds.size >= MAX_KINDS) this.#kinds.clear();
    this.#kinds.set(key, kind);
    const isRicher = rendered !== undefined && saysMore(without, rendered);
    kind.tries += 1;
    kind.isWorthIt ||= isRicher;
    return isRicher;
  }
}

/** Hosts of one program often give each page a name of its own: below the first folder they count as one kind. */
function kindOf(url: string): string {
  const template = templateOf(url).replace(/^(\/[^/?]*\/)[^?]*/, '$1*');
  return `${new URL(url).host} ${template}`;
}

function saysMore(without: BuiltDocument, rendered: BuiltDocument): boolean {
  const known = new Set(without.links.map(({ url }) => url));
  const moreLinks = rendered.links.filter(({ url }) => !known.has(url)).length;
  return (
    rendered.tokens >= Math.max(without.tokens * MORE_TEXT, without.tokens + MORE_TOKENS) ||
    moreLinks >= MORE_LINKS
  );
}

/** Little text or no way on, or an element that scripts are known to fill. */
function looksEmpty(bytes: Uint8Array, { tokens, links }: BuiltDocument): boolean {
  if (tokens < FEW_TOKENS && links.length === 0) return true;
  const html = DECODER.decode(bytes.subarray(0, HEAD_BYTES));
  return EMPTY_ROOT.test(html);
}

function hasScripts(bytes: Uint8Array): boolean {
  return /<script[\s>]/i.test(DECODER.decode(bytes.subarray(0, HEAD_BYTES)));
}

/** `<div id="root"></div>` and its like. */
const EMPTY_ROOT =
  /<(div|main|section)\b[^<>]{0,200}?\bid=["']?(?:root|app|__next|__nuxt|react-root|application)["']?[^<>]{0,200}>\s{0,200}<\/\1>|<app-root[^<>]{0,200}>\s{0,200}<\/app-root>/i;

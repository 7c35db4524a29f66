/**
 * URLs of which a look at their letters tells that they are their own normal form: most of the links of a page. Taking a URL
 * apart and putting it together again costs ten times as much.
 */

const OTHER = 0;
/** May stand in a host and in a path. */
const SMALL_LETTER = 1;
const DIGIT = 2;
const HYPHEN = 3;
const DOT = 4;
const SLASH = 5;
/** May stand in a path alone. */
const OF_PATH = 6;

const KINDS = new Uint8Array(128);
for (const [kind, characters] of [
  [SMALL_LETTER, 'abcdefghijklmnopqrstuvwxyz'],
  [DIGIT, '0123456789'],
  [HYPHEN, '-'],
  [DOT, '.'],
  [SLASH, '/'],
  [OF_PATH, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_~!$&'()*+,=:@"],
] as const) {
  for (const character of characters) KINDS[character.charCodeAt(0)] = kind;
}

/**
 * True only where normalising `url` gives `url`, of at most `limit` characters. False says nothing: hosts that are addresses
 * or punycode, ports, escapes, dots behind a slash, queries and whatever is rare are for who takes URLs apart.
 */
export function isPlainUrl(url: string, limit: number): boolean {
  if (url.length > limit) return false;
  const hostAt = url.startsWith('https://') ? 8 : url.startsWith('http://') ? 7 : 0;
  if (hostAt === 0) return false;
  const pathAt = behindHost(url, hostAt);
  return pathAt >= 0 && isPlainPath(url, pathAt);
}

/** Where the path begins behind a host of plain labels, the last of which begins with a letter; −1 for any other. */
function behindHost(url: string, hostAt: number): number {
  let before = DOT;
  let labelStart = OTHER;
  for (let at = hostAt; at < url.length; at++) {
    const unit = url.charCodeAt(at);
    const kind = unit < 128 ? (KINDS[unit] as number) : OTHER;
    if (kind === SLASH) return before !== DOT && labelStart === SMALL_LETTER ? at : -1;
    if (kind === OTHER || kind === OF_PATH) return -1;
    // An empty label; two hyphens, as before punycode.
    if (kind === before && (kind === DOT || kind === HYPHEN)) return -1;
    if (before === DOT) labelStart = kind;
    before = kind;
  }
  return -1;
}

/** The same of `url` from `pathAt` on, which is a path, or follows the slash that ends a folder. */
export function isPlainPath(url: string, pathAt: number): boolean {
  let before = SLASH;
  for (let at = pathAt; at < url.length; at++) {
    const unit = url.charCodeAt(at);
    const kind = unit < 128 ? (KINDS[unit] as number) : OTHER;
    if (kind === OTHER || (kind === DOT && before === SLASH)) return false;
    before = kind;
  }
  return true;
}

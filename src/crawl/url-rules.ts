/** Which parts of a URL say who came and from where, not what is shown: rules as data. */

/** Parameters that campaigns, mailings and shares add. */
const TRACKING_NAMES: ReadonlySet<string> = new Set([
  '_ga',
  '_gl',
  '_hsenc',
  '_hsmi',
  '_openstat',
  'dclid',
  'fbclid',
  'gbraid',
  'gclid',
  'gclsrc',
  'hsctatracking',
  'igsh',
  'igshid',
  'li_fat_id',
  'mc_cid',
  'mc_eid',
  'mkt_tok',
  'msclkid',
  'oly_anon_id',
  'oly_enc_id',
  'rb_clickid',
  's_cid',
  'srsltid',
  'ttclid',
  'twclid',
  'vero_conv',
  'vero_id',
  'wbraid',
  'wickedid',
  'yclid',
  'ysclid',
]);
const TRACKING_PREFIXES: readonly string[] = ['utm_', 'hsa_', 'mtm_', 'pk_', 'piwik_', 'matomo_'];

/** Parameters that are a session's name and nothing else. */
const SESSION_NAMES: ReadonlySet<string> = new Set([
  'cfid',
  'cftoken',
  'jsessionid',
  'oscsid',
  'osccsid',
  'phpsessid',
  'session_id',
  'sessionid',
  'sessid',
  'xtcsid',
  'zenid',
]);

export function isTracking(name: string): boolean {
  const lower = name.toLowerCase();
  return TRACKING_NAMES.has(lower) || TRACKING_PREFIXES.some((prefix) => lower.startsWith(prefix));
}

/** `sid` names a story or a shop as often as a session: a short number or a path is not a session. */
export function isSessionId(name: string, value: string): boolean {
  const lower = name.toLowerCase();
  if (SESSION_NAMES.has(lower) || lower.startsWith('aspsessionid')) return true;
  return lower === 'sid' && !/^\d{1,8}$/.test(value) && /^[0-9a-z_-]+$/i.test(value);
}

/** A path without the session that Java servers hang on it: `/a;jsessionid=1F` → `/a`. */
export function withoutPathSession(path: string): string {
  return path.includes(';') ? path.replace(/;(?:jsessionid|phpsessid|sid)=[^/;]*/gi, '') : path;
}

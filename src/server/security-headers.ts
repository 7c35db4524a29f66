/** What every response tells browsers: nothing runs, loads or frames but our own. */

/** For our pages. Styles and scripts are files of ours; nothing inline, so injected markup can't run or restyle. */
const PAGE_POLICY: string = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "frame-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  // Text becomes markup in one place of one script, which has the policy of this name.
  "require-trusted-types-for 'script'",
  'trusted-types live',
].join('; ');

/**
 * For stored pages, which are strangers' markup: an origin of their own that is nobody's, no scripts, no forms, no
 * requests, only their inline styles and inline images. Our own wrapper may frame them.
 */
export const STORED_PAGE_POLICY: string = [
  'sandbox',
  "default-src 'none'",
  "style-src 'unsafe-inline'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
].join('; ');

/** For logos: drawings that administrators gave; opened by themselves they run nothing and load nothing. */
export const LOGO_POLICY: string = [
  'sandbox',
  "default-src 'none'",
  "style-src 'unsafe-inline'",
  'img-src data:',
].join('; ');

export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': PAGE_POLICY,
  'x-content-type-options': 'nosniff',
  // Other sites must not learn what was searched.
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=(), interest-cohort=()',
};

/** Why a connection failed, in words that a person can act on; the code of the system stands behind them, to be looked up. */

/** By code. Those of certificates are OpenSSL's. */
const SENTENCES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens at its address and port',
  ECONNRESET: 'the server broke the connection off',
  UND_ERR_SOCKET: 'the server broke the connection off',
  EPIPE: 'the server broke the connection off',
  ENOTFOUND: 'there is no host of that name',
  EAI_AGAIN: 'the name service does not answer',
  EHOSTUNREACH: 'there is no way to its address',
  ENETUNREACH: 'there is no way to its address',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is that of another host',
  EPROTO: 'it does not speak TLS as it should',
};

/** Certificates whose signer is not known. */
const UNTRUSTED: ReadonlySet<string> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);
const TRUST =
  'its certificate is signed by nobody who is trusted here; `certificates` in the file of --crawl-access names who is, too';

/** What a code stands for, with the code; `message` where nothing better is known. */
export function connectionFailure(code: string, message: string): string {
  const sentence = UNTRUSTED.has(code) ? TRUST : SENTENCES[code];
  if (sentence === undefined) return message || code || 'the connection failed';
  return `${sentence} (${code})`;
}

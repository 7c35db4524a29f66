/** Cookies of a domain as bytes: docs/formats/crawl-records.md, "Cookies". */

import { ByteReader, ByteWriter } from '../base/index.ts';

const VERSION = 1;
const HOST_ONLY = 1;
const SECURE = 2;

export interface KeptCookie {
  readonly name: string;
  readonly value: string;
  readonly domain: string;
  readonly path: string;
  /** It goes to the host that set it alone, not to those below. */
  readonly hostOnly: boolean;
  readonly secure: boolean;
  /** Ms since 1970; 0: with the session. */
  readonly expires_ms: number;
}

export interface CookieRecord {
  /** Of the crawl, when it was written. */
  readonly round: number;
  readonly cookies: readonly KeptCookie[];
}

export function encodeCookies({ round, cookies }: CookieRecord): Uint8Array {
  const writer = new ByteWriter().u8(VERSION).varint(round).varint(cookies.length);
  for (const { name, value, domain, path, hostOnly, secure, expires_ms } of cookies) {
    writer
      .u8((hostOnly ? HOST_ONLY : 0) | (secure ? SECURE : 0))
      .varint(expires_ms)
      .text(name)
      .text(value)
      .text(domain)
      .text(path);
  }
  return writer.finish();
}

/** Undefined for a record that a newer program wrote: sites set their cookies anew then. */
export function decodeCookies(bytes: Uint8Array): CookieRecord | undefined {
  const reader = new ByteReader(bytes);
  if (reader.u8() !== VERSION) return undefined;
  const round = reader.varint();
  const cookies = Array.from({ length: reader.varint() }, (): KeptCookie => {
    const flags = reader.u8();
    return {
      hostOnly: (flags & HOST_ONLY) !== 0,
      secure: (flags & SECURE) !== 0,
      expires_ms: reader.varint(),
      name: reader.text(),
      value: reader.text(),
      domain: reader.text(),
      path: reader.text(),
    };
  });
  return { round, cookies };
}

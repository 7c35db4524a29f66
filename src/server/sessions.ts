/** Administrators who signed in with a browser. Kept in memory: a restart signs everybody out. */

import type { Clock } from '../base/index.ts';
import { type KeyCheck, newKey } from './admin-key.ts';

const SESSION_COOKIE = 'peregrine_session';
const SESSION_MS = 43_200_000;
/** Sessions at once; the oldest ends when one more begins. */
const SESSIONS_KEPT = 100;

export interface Session {
  /** Must come back with every form, so that no other site can send one in the administrator's name. */
  readonly csrfToken: string;
  readonly until_ms: number;
  /** Of the key that began it. */
  readonly generation: number;
  /** What the next page shall say; taken away when it is said. */
  notice?: { readonly text: string; readonly isBad?: boolean } | undefined;
}

export class Sessions {
  readonly #clock: Clock;
  readonly #key: KeyCheck;
  readonly #sessions = new Map<string, Session>();

  constructor(clock: Clock, key: KeyCheck) {
    this.#clock = clock;
    this.#key = key;
  }

  /** Begins a session; returns the secret for the cookie. */
  begin(): string {
    const secret = newKey();
    this.#sessions.set(secret, {
      csrfToken: newKey(),
      until_ms: this.#clock.monotonic() + SESSION_MS,
      generation: this.#generation(),
    });
    if (this.#sessions.size > SESSIONS_KEPT) {
      for (const oldest of this.#sessions.keys()) {
        this.#sessions.delete(oldest);
        break;
      }
    }
    return secret;
  }

  /** The session of a `Cookie` header, if it has one that still lives. */
  find(cookieHeader: string | undefined): Session | undefined {
    const secret = sessionSecret(cookieHeader);
    const session = secret === undefined ? undefined : this.#sessions.get(secret);
    if (secret === undefined || session === undefined) return undefined;
    if (session.until_ms > this.#clock.monotonic() && session.generation === this.#generation())
      return session;
    this.#sessions.delete(secret);
    return undefined;
  }

  end(cookieHeader: string | undefined): void {
    const secret = sessionSecret(cookieHeader);
    if (secret !== undefined) this.#sessions.delete(secret);
  }

  #generation(): number {
    return this.#key.generation ?? 0;
  }
}

/** `Set-Cookie` for a session; without a secret it takes the cookie away. */
export function sessionCookie(secret: string | undefined, isSecure: boolean): string {
  const age_s = secret === undefined ? 0 : SESSION_MS / 1000;
  const secure = isSecure ? '; Secure' : '';
  return `${SESSION_COOKIE}=${secret ?? ''}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${age_s}${secure}`;
}

function sessionSecret(cookieHeader: string | undefined): string | undefined {
  for (const pair of (cookieHeader ?? '').split(';')) {
    const [name, value] = pair.trim().split('=', 2);
    if (name === SESSION_COOKIE && value !== undefined && value !== '') return value;
  }
  return undefined;
}

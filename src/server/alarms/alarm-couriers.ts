/** The ways of an alarm to people: a signed webhook, and mail. */

import { createHmac } from 'node:crypto';

import { PeregrineError } from '../../base/index.ts';
import { isoTime } from '../wording.ts';
import type { AlarmCourier, AlarmMessage } from './alarm-desk.ts';

const TIMEOUT_MS = 10_000;

export interface AlarmAddresses {
  /** Where messages are posted to, as JSON. */
  readonly webhook?: string | undefined;
  /** Signs them, as those of crawls: `peregrine-signature: t=SECONDS,v1=HMAC-SHA-256 of "SECONDS.BODY"`. */
  readonly secret?: string | undefined;
  /** Who gets a mail. */
  readonly mail?: readonly string[] | undefined;
  /** `smtp://name:password@host:587`, or `smtps:`. */
  readonly smtp?: string | undefined;
  /** Whom the mail is from; default: the first who gets one. */
  readonly from?: string | undefined;
}

/** `BAD_ARGUMENT` where mail is wanted and no server is named. */
export function alarmCouriers(addresses: AlarmAddresses): AlarmCourier[] {
  const { webhook, secret, mail = [], smtp } = addresses;
  const couriers: AlarmCourier[] = [];
  if (webhook !== undefined) couriers.push(webhookCourier(webhook, secret));
  if (mail.length > 0 && smtp === undefined) {
    throw new PeregrineError(
      'BAD_ARGUMENT',
      'Mail needs a server: set alarm-smtp to smtp://name:password@host:587.',
    );
  }
  if (mail.length > 0 && smtp !== undefined) couriers.push(mailCourier({ ...addresses, mail, smtp }));
  return couriers;
}

function webhookCourier(url: string, secret: string | undefined): AlarmCourier {
  return {
    name: 'webhook',
    deliver: async ({ event, at_ms, from, alarm }, signal) => {
      const { id, severity, text, since_ms } = alarm;
      const body = JSON.stringify({
        event,
        at: isoTime(at_ms),
        from,
        id,
        severity,
        text,
        since: isoTime(since_ms),
      });
      const headers: Record<string, string> = { 'content-type': 'application/json' };
      if (secret !== undefined) {
        const time_s = Math.floor(at_ms / 1_000);
        const signature = createHmac('sha256', secret).update(`${time_s}.${body}`).digest('hex');
        headers['peregrine-signature'] = `t=${time_s},v1=${signature}`;
      }
      const response = await fetch(url, {
        method: 'POST',
        body,
        headers,
        redirect: 'error',
        signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      });
      await response.body?.cancel();
      if (!response.ok)
        throw new PeregrineError('FETCH_FAILED', `The receiver answers ${response.status}.`, {
          status: response.status,
        });
    },
  };
}

function mailCourier({
  mail,
  smtp,
  from,
}: AlarmAddresses & { readonly mail: readonly string[]; readonly smtp: string }): AlarmCourier {
  return {
    name: 'mail',
    deliver: async (message) => {
      // Loaded when there is something to say.
      const { createTransport } = await import('nodemailer');
      const transport = createTransport({
        url: smtp,
        connectionTimeout: TIMEOUT_MS,
        greetingTimeout: TIMEOUT_MS,
        socketTimeout: TIMEOUT_MS,
        disableFileAccess: true,
        disableUrlAccess: true,
      });
      try {
        await transport.sendMail({
          from: from ?? mail[0],
          to: [...mail],
          subject: subjectOf(message),
          text: textOf(message),
        });
      } finally {
        transport.close();
      }
    },
  };
}

function subjectOf({ event, from, alarm }: AlarmMessage): string {
  const what = event === 'alarm.raised' ? alarm.severity : 'over';
  return `[Peregrine ${from}] ${what}: ${alarm.id}`;
}

function textOf({ event, at_ms, from, alarm }: AlarmMessage): string {
  const end = event === 'alarm.cleared' ? `It is over since ${isoTime(at_ms)}.\n` : '';
  return `${alarm.text}\n\nSince ${isoTime(alarm.since_ms)}, told by ${from}.\n${end}`;
}

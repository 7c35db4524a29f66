/** Hosts: the cluster that this process is part of, drawn and in tables; on one machine, how to make one. */

import type { ClusterStanding, HostStanding, MirrorState, ShardStanding } from '../../cluster/index.ts';
import { html, type Html, type HtmlValue } from '../html.ts';
import { whoAsks } from '../audit.ts';
import { seatOf } from '../cluster-seat.ts';
import { clusterHostBody } from '../request-schemas.ts';
import { age, count, counted, size, utcMinute } from '../wording.ts';
import type { AdminDesk } from './desk.ts';
import { action, badge, card, jsonDetails, table, tile, tiles } from './parts.ts';
import { type AdminFrame, adminLink, adminShell } from './shell.ts';

const AT = '/admin/cluster';

/** As it stands in the picture, and what it means. */
const STATES: Readonly<Record<MirrorState, readonly [word: string, meaning: string]>> = {
  leading: ['leads', 'orders the writes of the shard'],
  'in-sync': ['in sync', 'has everything that was acknowledged'],
  behind: ['behind', 'replays what it missed'],
  copying: ['copies', 'gets the files of the shard from its leader'],
  silent: ['silent', 'its host is not heard'],
};

export function installClusterSection(desk: AdminDesk): void {
  const { cluster } = desk.context;
  desk.page(AT, async (_request, admin) => {
    const standing = cluster?.standing();
    if (standing === undefined) {
      return adminShell({ admin, at: AT, title: 'Hosts', main: card('One machine', alone(), 'wide') });
    }
    return adminShell({
      admin,
      at: AT,
      title: 'Hosts',
      lead: html`The cluster as host <b>${standing.host}</b> sees it.
        <a href="${adminLink(admin, AT)}">Look again</a>`,
      main: html`${figures(standing)} ${card('Who holds what', picture(standing), 'wide')}
      ${card('Hosts', hosts(standing, admin), 'wide')} ${card('Shards', shards(standing), 'wide')}
      ${jsonDetails('Everything as JSON, as at /cluster', standing)}`,
    });
  });

  for (const isDraining of [true, false]) {
    desk.action(`${AT}/${isDraining ? 'drain' : 'undrain'}`, AT, async (request) => {
      const { host } = clusterHostBody.parse(request.body ?? {});
      await seatOf(cluster).drain(host, isDraining, whoAsks(request));
      return {
        notice: isDraining
          ? `${host} hands on its shards; when it holds none it can be stopped.`
          : `${host} gets shards again.`,
      };
    });
  }
}

function alone(): Html {
  return html`<p>
      This process holds everything itself and needs no other. To spread it over several machines, start NATS
      with JetStream on three of them and serve with <code>--cluster</code>; this data directory can found the
      cluster, and its shards move to the others while searches and crawls go on:
    </p>
    <pre tabindex="0">
nats-server -js -sd /var/lib/nats
peregrine serve --cluster nats://10.0.0.1:4222 --host-name a --advertise 10.0.0.1</pre>
    <p>More stands in <a href="/docs/cluster">the chapter on clusters</a>.</p>`;
}

/** Living members that have everything. */
function whole({ mirrors }: ShardStanding): number {
  return mirrors.filter(({ state }) => state === 'leading' || state === 'in-sync').length;
}

function figures({ hosts: all, shards: records, copies }: ClusterStanding): Html {
  const alive = all.filter(({ isAlive }) => isAlive).length;
  const wanted = Math.min(copies, alive);
  const thin = records.filter((shard) => whole(shard) < wanted).length;
  const headless = records.filter(({ mirrors }) => mirrors.every(({ state }) => state !== 'leading')).length;
  return tiles([
    tile('Hosts', count(alive), alive === all.length ? 'all are heard' : `of ${count(all.length)} are heard`),
    tile('Shards', count(records.length), `${counted(copies, 'mirror', 'mirrors')} each`),
    tile('Without a living leader', count(headless), headless === 0 ? 'all take writes' : 'take no writes'),
    tile('With too few mirrors', count(thin), thin === 0 ? 'none' : 'are being copied, or wait for a host'),
  ]);
}

/** A row for each shard, a column for each host. */
function picture({ hosts: all, shards: records }: ClusterStanding): Html {
  return html`<div class="scroll bounded" tabindex="0" role="region" aria-label="Who holds what">
      <table class="holding">
        <thead>
          <tr>
            <th scope="col">Shard</th>
            ${all.map(({ host }) => html`<th scope="col">${host}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${records.map(
            ({ shard, mirrors }) =>
              html`<tr>
                <th scope="row">${shard}</th>
                ${all.map(({ host }) => cell(mirrors.find((mirror) => mirror.host === host)?.state))}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    <p class="quiet">
      ${Object.values(STATES).map(([word, meaning], n) => html`${n === 0 ? '' : '; '}<b>${word}</b>: ${meaning}`)}.
    </p>`;
}

function cell(state: MirrorState | undefined): Html {
  if (state === undefined) return html`<td></td>`;
  return html`<td class="${state}">${STATES[state][0]}</td>`;
}

function hosts({ hosts: all }: ClusterStanding, admin: AdminFrame): Html {
  return table({
    name: 'Hosts',
    columns: [
      'Host',
      'State',
      ...['Last heard', 'Holds', 'In sync', 'Leads', 'Free on disk'].map((name) => ({
        name,
        kind: 'number' as const,
      })),
      'Version',
      '',
    ],
    rows: all.map((one) => [
      one.host,
      stateOf(one),
      one.silence_ms === null ? 'never' : `${age(one.silence_ms / 1_000)} ago`,
      count(one.holds),
      count(one.inSync),
      count(one.leads),
      one.silence_ms === null ? '' : size(one.free_bytes),
      one.version,
      action(admin, {
        action: `${AT}/${one.isDraining ? 'undrain' : 'drain'}`,
        label: one.isDraining ? 'Keep' : 'Drain',
        fields: { host: one.host },
      }),
    ]),
    empty: 'None was heard yet.',
  });
}

function stateOf({ isAlive, isDraining, holds }: HostStanding): HtmlValue {
  if (!isAlive) return badge('bad', 'silent');
  if (!isDraining) return badge('good', 'well');
  return badge('neutral', holds === 0 ? 'drained' : 'draining');
}

/** Minutes, of the world's time: hosts may be in several zones. */
function comparisonOf({ compared }: ShardStanding): string {
  if (compared === null) return '';
  const { at_ms, differences, records } = compared;
  const outcome = differences === 0 ? 'alike' : `${count(differences)} ranges differed`;
  return `${outcome}, of ${count(records)} records, ${utcMinute(at_ms)} UTC`;
}

function shards({ shards: records }: ClusterStanding): Html {
  return table({
    name: 'Shards',
    columns: [
      { name: 'Shard', kind: 'number' },
      'Leader',
      'Members',
      'In sync',
      ...['Term', 'Epoch'].map((name) => ({ name, kind: 'number' as const })),
      'Here',
      { name: 'Entry here', kind: 'number' },
      { name: 'Mirrors compared', kind: 'wide' },
      { name: 'Trouble', kind: 'page' },
    ],
    rows: records.map((one) => [
      one.shard,
      one.leader,
      one.members.join(', '),
      one.inSync.join(', '),
      count(one.term),
      count(one.epoch),
      one.role,
      one.role === 'elsewhere' ? '' : count(one.entry),
      comparisonOf(one),
      one.reason,
    ]),
    empty: 'There is none yet.',
  });
}

/** URL rules: written, tried on addresses before they are used, and put to work with the next addresses of a crawl. */

import { z } from 'zod';

import { RULE_PROFILES, rulesOfText, RuleTable, textOfRules } from '../../crawl/index.ts';
import { html, type Html, type HtmlValue } from '../html.ts';
import type { AdminDesk } from './desk.ts';
import { badge, card, table, textArea } from './parts.ts';
import { type AdminFrame, adminFields, adminLink, adminShell } from './shell.ts';

const BACK = '/admin/rules';
/** Where a collection's table is kept between visits. */
const NOTE = 'rules';
const URLS_TRIED_MAX = 500;

const tryParameters = z.object({
  rules: z.string().max(65_536).optional().catch(undefined),
  urls: z.string().max(65_536).optional().catch(undefined),
  profile: z.string().max(40).optional().catch(undefined),
});
const saveBody = z.object({ rules: z.string().max(65_536), seeds: z.string().max(65_536).default('') });

export function installRulesSection(desk: AdminDesk): void {
  const { engine } = desk.context;

  desk.page(BACK, async (request, admin) => {
    const { rules, urls = '', profile } = tryParameters.parse(request.query);
    const kept = await engine.note(admin.collection, NOTE);
    const chosen =
      profile === undefined
        ? undefined
        : Object.entries(RULE_PROFILES).find(([name]) => name === profile)?.[1];
    const text =
      rules ??
      (chosen === undefined ? (kept === undefined ? '' : Buffer.from(kept).toString()) : textOfRules(chosen));
    return adminShell({
      admin,
      at: BACK,
      title: 'URL rules',
      lead: html`One rule a line: an action, then a condition. The first that holds decides; what none holds
        for is crawled. <a href="/docs/crawling">What conditions can say.</a>`,
      main: html`
        ${card(
          'Rules',
          html`<ul class="choices">
              ${Object.keys(RULE_PROFILES).map((name) => html`<li><a href="${adminLink(admin, BACK, { profile: name })}">${name}</a></li>`)}
            </ul>
            <form method="get" action="${BACK}">
              <input type="hidden" name="c" value="${admin.collection}" />
              ${textArea({ name: 'rules', label: 'Table', value: text, placeholder: 'skip path ^= "/private/"\nfollow isHome\ncrawl always' }, 10)}
              ${textArea({ name: 'urls', label: 'Addresses to try it on, one a line', value: urls, placeholder: 'https://www.example.org/private/a' }, 4)}
              <div class="buttons"><button type="submit">Try</button></div>
            </form>
            ${trial(text, urls)}`,
          'wide',
        )}
        ${saving(admin, text)}
      `,
    });
  });

  desk.action('/admin/rules/save', BACK, async (request, collection) => {
    const { rules, seeds } = saveBody.parse(request.body);
    const table = RuleTable.of(rulesOfText(rules));
    await engine.writeNotes(collection, new Map([[NOTE, Buffer.from(rules)]]));
    const named = seeds.split(/\s+/).filter((seed) => seed !== '');
    if (named.length > 0) await engine.startCrawl(collection, { seeds: named, rules: table.rules });
    return {
      notice: `${table.rules.length} rules are kept${named.length > 0 ? ' and in force for the crawl that has begun' : '; they come into force with the next crawl that is begun here'}.`,
    };
  });
}

function trial(text: string, urls: string): HtmlValue {
  const named = urls
    .split(/\s+/)
    .filter((url) => url !== '')
    .slice(0, URLS_TRIED_MAX);
  try {
    const rules = RuleTable.of(rulesOfText(text));
    const decided = rules.dryRun(
      named.filter((url) => URL.canParse(url)).map((url) => ({ url, depth: 1, isSeed: false })),
    );
    return html`<p class="quiet" role="status">${rules.rules.length} rules, all of them readable.</p>
      ${
        named.length === 0
          ? ''
          : table({
              name: 'What the rules decide',
              columns: [{ name: 'Address', kind: 'page' }, 'Decision', 'Because of'],
              rows: decided.map(({ url, decision }) => [
                url,
                badge(
                  decision.action === 'crawl' ? 'good' : decision.action === 'follow' ? 'neutral' : 'bad',
                  decision.action,
                ),
                decision.reason === '' ? 'no rule holds' : decision.reason,
              ]),
              empty: 'None of these is an address.',
            })
      }`;
  } catch (error) {
    return html`<p class="problem" role="alert">
      ${error instanceof Error ? error.message : String(error)}
    </p>`;
  }
}

function saving(admin: AdminFrame, text: string): Html {
  return card(
    'Keep and use them',
    html`<form method="post" action="/admin/rules/save">
      ${adminFields(admin)} <input type="hidden" name="rules" value="${text}" />
      ${textArea({ name: 'seeds', label: 'Addresses to begin a crawl with now (may stay empty)', placeholder: 'https://www.example.org/' }, 2)}
      <button type="submit">Keep</button>
    </form>`,
  );
}

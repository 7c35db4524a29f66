/** The parser test: what is seen in a document, and why. Nothing is stored. */

import { z } from 'zod';

import { PeregrineError } from '../../base/index.ts';
import type { ParseReport } from '../../document/index.ts';
import { html, type Html, type HtmlValue } from '../html.ts';
import { count, isoTime, shortened } from '../wording.ts';
import { sendPage, type AdminDesk } from './desk.ts';
import { card, facts, input, jsonDetails, table, textArea } from './parts.ts';
import { type AdminFrame, adminFields, adminShell } from './shell.ts';

const BACK = '/admin/parse';
const parameters = z.object({ of: z.string().max(8_192).catch('') });
const pasted = z.object({
  url: z.string().max(8_192).default(''),
  content: z.string('must be the document').min(1, 'must be the document').max(2_097_152),
  contentType: z.string().max(200).default(''),
});

export function installParseSection(desk: AdminDesk): void {
  const { engine } = desk.context;

  const show = (admin: AdminFrame, of: string, report: ParseReport | undefined, problem?: string): Html =>
    adminShell({
      admin,
      at: BACK,
      title: 'Parser test',
      lead: 'What is seen in a document, and why. Nothing is stored; it is read in the parsing processes, as all pages are.',
      main: html`
        <div class="columns">
          ${card(
            'A stored document',
            html`<form action="${BACK}">
              <input type="hidden" name="c" value="${admin.collection}" />
              ${input({ name: 'of', label: 'Its address', value: of, isNeeded: true })}
              <button type="submit">Show</button>
            </form>`,
          )}
          ${card(
            'One that is pasted',
            html`<form method="post" action="${BACK}">
              ${adminFields(admin)}
              ${input({ name: 'url', label: 'Address by which it would be known', placeholder: 'https://www.example.org/' })}
              ${textArea({ name: 'content', label: 'HTML, text, JSON or XML', isNeeded: true })}
              <button type="submit">Parse</button>
            </form>`,
          )}
        </div>
        ${problem === undefined ? '' : html`<p class="problem" role="alert">${problem}</p>`}
        ${report === undefined ? '' : reported(report)}
      `,
    });

  desk.page(BACK, async (request, admin) => {
    const { of } = parameters.parse(request.query);
    if (of.trim() === '') return show(admin, '', undefined);
    const found = await engine.get(admin.collection, { url: of.trim() });
    if (found === undefined) return show(admin, of, undefined, 'Nothing is stored under this address.');
    const { url, raw, contentType } = found.document;
    return show(admin, of, await engine.parse({ url, content: raw, contentType }));
  });

  desk.form(BACK, async (request, reply, admin) => {
    const { url, content, contentType } = pasted.parse(request.body);
    const known = url === '' ? 'https://pasted.example.org/' : url;
    try {
      const report = await engine.parse({
        url: known,
        content,
        ...(contentType === '' ? {} : { contentType }),
      });
      return sendPage(reply, show(admin, '', report));
    } catch (error) {
      if (!(error instanceof PeregrineError)) throw error;
      return sendPage(reply, show(admin, '', undefined, error.message));
    }
  });
}

function reported(report: ParseReport): HtmlValue {
  const { tokens, words, stems } = report.terms;
  const reasoned = (['title', 'kind', 'charset', 'language', 'published'] as const).map((name) => {
    const { value, reason } = report[name];
    return [name, html`${value === '' ? '–' : value} <small>${reason}</small>`] as const;
  });
  const forbidden = Object.entries(report.robots)
    .filter(([, isSet]) => isSet)
    .map(([name]) => name);
  return html`${card(
    'What it is',
    html`${facts(
      [
        ...reasoned,
        ['canonical', report.canonical === '' ? '–' : report.canonical],
        ['description', report.description === '' ? '–' : shortened(report.description, 300)],
        ['robots', forbidden.length === 0 ? 'everything is allowed' : forbidden.join(', ')],
        ['words', `${count(tokens)} tokens, ${count(words)} words, ${count(stems)} stems`],
      ],
      'long',
    )}
    ${report.warnings.map((warning) => html`<p class="problem">${warning}</p>`)}`,
    'wide',
  )}
  ${card(
    'Sections',
    table({
      name: 'Sections',
      columns: ['Kind', 'Under', { name: 'Text', kind: 'page' }],
      rows: report.sections.map(({ kind, level, path, text }) => [
        `${kind}${level === 0 ? '' : ` ${level}`}`,
        path.join(' › '),
        shortened(text, 240),
      ]),
      empty: 'No text was found.',
      isBounded: true,
    }),
    'wide',
  )}
  ${card(
    'Links',
    table({
      name: 'Links',
      columns: [{ name: 'Target', kind: 'page' }, 'Text', 'Marks'],
      rows: report.links
        .slice(0, 500)
        .map(({ url, text, nofollow, inMenu }) => [
          shortened(url, 120),
          shortened(text, 80),
          [nofollow ? 'nofollow' : '', inMenu ? 'menu' : ''].filter((mark) => mark !== '').join(', '),
        ]),
      empty: 'It links to nothing.',
      isBounded: true,
    }),
    'wide',
  )}
  ${card(
    'Fields',
    table({
      name: 'Fields',
      columns: ['Name', 'Type', { name: 'Values', kind: 'page' }],
      rows: report.fields.map(({ name, type, values }) => [
        name,
        type,
        shortened(valuesOf(type, values), 200),
      ]),
      empty: 'It has none.',
    }),
    'wide',
  )}
  ${card('Words, zone by zone', html`${report.zones.map(zone)} ${jsonDetails('Everything as JSON', report)}`, 'wide')}`;
}

/** Dates are kept as numbers; people read them as dates. */
function valuesOf(type: string, values: readonly (string | number | bigint)[]): string {
  return values.map((value) => (type === 'date' ? isoTime(Number(value)) : String(value))).join(', ');
}

function zone({ group, start, tokens }: ParseReport['zones'][number]): Html {
  return html`<details>
    <summary>${group} from ${start}, ${count(tokens.length)} words</summary>
    <p class="tokens">
      ${tokens.slice(0, 2_000).map(({ text, stem }) => html`<span title="${stem}">${text}</span> `)}
    </p>
  </details>`;
}

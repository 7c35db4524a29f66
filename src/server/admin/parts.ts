/** Pieces that pages of the administration are put together from: tables, figures, cards, buttons that do one thing. */

import { html, type Html, type HtmlValue } from '../html.ts';
import { type AdminFrame, adminFields } from './shell.ts';

export interface TableColumn {
  readonly name: string;
  /** Numbers stand at the right, the column with addresses takes what room is left, words break into lines beside wide columns. */
  readonly kind?: 'number' | 'page' | 'wide' | 'words';
}

export interface TableParts {
  /** What the table is of; heard by who can't see it. */
  readonly name: string;
  readonly columns: readonly (TableColumn | string)[];
  readonly rows: readonly (readonly HtmlValue[])[];
  /** Said where there are no rows. */
  readonly empty: HtmlValue;
  /** Scrolls by itself where it is long. */
  readonly isBounded?: boolean;
}

export function table({ name, columns, rows, empty, isBounded = false }: TableParts): Html {
  if (rows.length === 0) return html`<p class="empty">${empty}</p>`;
  const known = columns.map((column) => (typeof column === 'string' ? { name: column } : column));
  return html`<div
    class="scroll ${isBounded ? 'bounded' : ''}"
    tabindex="0"
    role="region"
    aria-label="${name}"
  >
    <table>
      <thead>
        <tr>
          ${known.map((column) => html`<th scope="col" class="${kindOf(column)}">${column.name}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${row.map((cell, n) => html`<td class="${kindOf(known[n])}" data-name="${known[n]?.name ?? ''}">${cell}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function kindOf(column: TableColumn | undefined): string {
  return column?.kind ?? '';
}

export function tile(name: string, value: string, note: HtmlValue): Html {
  return html`<div>
    <dt>${name}</dt>
    <dd><b>${value}</b> <span>${note}</span></dd>
  </div>`;
}

export function tiles(all: readonly Html[]): Html {
  return html`<dl class="tiles">${all}</dl>`;
}

export function card(title: string, content: HtmlValue, kind = ''): Html {
  return html`<section class="card ${kind}">
    <h2>${title}</h2>
    ${content}
  </section>`;
}

/** Names and values: short ones in columns, long ones under one another. */
export function facts(
  pairs: readonly (readonly [name: string, value: HtmlValue])[],
  kind: 'short' | 'long' = 'short',
): Html {
  return html`<dl class="pairs ${kind === 'long' ? 'long' : ''}">
    ${pairs.map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}

export interface ActionParts {
  readonly action: string;
  readonly label: string;
  readonly fields?: Readonly<Record<string, string>>;
  readonly isMain?: boolean;
}

/** A button that is a form of its own: it works without scripts and carries the session's token. */
export function action(
  admin: AdminFrame,
  { action: target, label, fields = {}, isMain = false }: ActionParts,
): Html {
  return html`<form method="post" action="${target}">
    ${adminFields(admin)}
    ${Object.entries(fields).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`)}
    <button class="${isMain ? '' : 'second'}" type="submit">${label}</button>
  </form>`;
}

/** A bar of how much of it is done; one that tells only that something goes on where nobody knows how much there is. */
export function progressBar(name: string, done: number, all: number): Html {
  if (all === 0 && done > 0) return html`<progress aria-label="${name}"></progress>`;
  return html`<progress
    max="${Math.max(1, all)}"
    value="${Math.min(done, Math.max(1, all))}"
    aria-label="${name}"
  ></progress>`;
}

export function badge(kind: 'good' | 'bad' | 'neutral', words: string): Html {
  return html`<span class="badge ${kind}">${words}</span>`;
}

export interface InputParts {
  readonly name: string;
  readonly label: string;
  readonly value?: string;
  readonly type?: 'text' | 'url' | 'number' | 'password';
  readonly placeholder?: string;
  readonly isNeeded?: boolean;
}

export function input({
  name,
  label,
  value = '',
  type = 'text',
  placeholder = '',
  isNeeded = false,
}: InputParts): Html {
  return html`<label
    >${label}
    <input
      name="${name}"
      type="${type}"
      value="${value}"
      placeholder="${placeholder}"
      ${isNeeded ? html`required` : ''}
  /></label>`;
}

export function textArea(
  { name, label, value = '', placeholder = '', isNeeded = false }: InputParts,
  rows = 5,
): Html {
  return html`<label
    >${label}
    <textarea name="${name}" rows="${rows}" placeholder="${placeholder}" ${isNeeded ? html`required` : ''}>
${value}</textarea>
  </label>`;
}

export function choice(
  name: string,
  label: string,
  options: readonly (readonly [value: string, words: string])[],
  chosen = '',
): Html {
  return html`<label
    >${label}
    <select name="${name}">
      ${options.map(([value, words]) => html`<option value="${value}" ${value === chosen ? html`selected` : ''}>${words}</option>`)}
    </select>
  </label>`;
}

/** For who wants all of it. */
export function jsonDetails(name: string, value: unknown): Html {
  return html`<details>
    <summary>${name}</summary>
    <pre tabindex="0" dir="ltr">${JSON.stringify(value, null, 2)}</pre>
  </details>`;
}

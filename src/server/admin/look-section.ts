/** How the pages of a collection look: name, logo, colours by day and night. */

import { z } from 'zod';

import { whoAsks } from '../audit.ts';
import { html, type HtmlValue } from '../html.ts';
import { THEME_COLOURS, type Theme, type ThemeColour, type ThemeColours, themeShape } from '../theme.ts';
import type { AdminDesk } from './desk.ts';
import { standardColour } from '../own-files.ts';
import { action, card, input, table, textArea } from './parts.ts';
import { type AdminFrame, adminFields, adminShell } from './shell.ts';

const BACK = '/admin/look';
const COLOURS = Object.entries(THEME_COLOURS) as [ThemeColour, string][];
const NO_THEME: Theme = { name: '', light: {}, dark: {}, font: '', logo: '' };
const BODY_BYTES = 524_288;
const fields = z.record(z.string(), z.union([z.string(), z.array(z.string())]));

export function installLookSection(desk: AdminDesk): void {
  const { themes } = desk.context;

  desk.page(BACK, async (_request, admin) => {
    const theme = (await themes.of(admin.collection))?.theme;
    return adminShell({
      admin,
      at: BACK,
      title: 'Look',
      lead: html`How the pages of ${admin.collection} look to readers. What stays empty is as at first, as it
      is shown in grey; colours are written as CSS has them, such as #2c4a6b or hsl(210 40% 30%). See that
      words stay readable on what is behind them, by day and by night.`,
      main: html`${card('Theme', form(admin, theme ?? NO_THEME), 'wide')}
      ${theme === undefined ? '' : action(admin, { action: `${BACK}/forget`, label: 'As at first' })}`,
    });
  });

  desk.action(
    `${BACK}/save`,
    BACK,
    async (request, collection) => {
      await themes.set(collection, themeOfFields(fields.parse(request.body)), whoAsks(request));
      return { notice: 'The pages look so from now on.' };
    },
    { bodyLimit: BODY_BYTES },
  );
  desk.action(`${BACK}/forget`, BACK, async (request, collection) => {
    await themes.set(collection, undefined, whoAsks(request));
    return { notice: 'The pages look as at first.' };
  });
}

function themeOfFields(given: Readonly<Record<string, string | readonly string[]>>): Theme {
  const text = (name: string): string => [given[name] ?? ''].flat()[0]?.trim() ?? '';
  const colours = (of: string): ThemeColours =>
    Object.fromEntries(
      COLOURS.map(([name]) => [name, text(`${of}-${name}`)]).filter(([, value]) => value !== ''),
    ) as ThemeColours;
  return themeShape.parse({
    name: text('name'),
    font: text('font'),
    logo: text('logo').replaceAll(/\s+/g, ''),
    light: colours('light'),
    dark: colours('dark'),
  });
}

function form(admin: AdminFrame, { name, font, logo, light, dark }: Theme): HtmlValue {
  return html`<form method="post" action="${BACK}/save">
    ${adminFields(admin)} ${input({ name: 'name', label: 'Name, instead of Peregrine', value: name })}
    ${input({ name: 'font', label: 'Typefaces, the wanted one first', value: font, placeholder: 'Inter, Segoe UI' })}
    ${textArea({ name: 'logo', label: 'Logo: a picture as data:image/svg+xml;base64,… (PNG, WebP, JPEG, GIF, SVG; 64 kB at most)', value: logo }, 3)}
    ${table({
      name: 'Colours',
      columns: ['Colour', 'By day', 'By night'],
      rows: COLOURS.map(([colour, what]) => [
        what,
        field('light', colour, light[colour]),
        field('dark', colour, dark[colour]),
      ]),
      empty: '',
    })}
    <button type="submit">Look so</button>
  </form>`;
}

function field(of: 'light' | 'dark', colour: ThemeColour, value = ''): HtmlValue {
  return html`<input
    name="${of}-${colour}"
    value="${value}"
    placeholder="${standardColour(of, colour)}"
    aria-label="${THEME_COLOURS[colour]}, ${of === 'light' ? 'by day' : 'by night'}"
    spellcheck="false"
  />`;
}

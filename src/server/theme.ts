/** How a collection's pages look: a name, a logo, a few colours and a typeface. Checked strictly, for it becomes a style sheet. */

import { z } from 'zod';

import { PeregrineError } from '../base/index.ts';

/** Colours that a theme may set, and what each is for. The names are those of the style sheet's variables. */
export const THEME_COLOURS = {
  paper: 'behind everything',
  sheet: 'behind boxes and cards',
  ink: 'text',
  soft: 'quiet text',
  line: 'lines between things',
  link: 'links',
  visited: 'links that were followed',
  slate: 'buttons',
  'on-slate': 'words on buttons',
  amber: 'what is to be noticed',
  mark: 'behind words that were found',
  'on-mark': 'words that were found',
} as const;

export type ThemeColour = keyof typeof THEME_COLOURS;
export type ThemeColours = Readonly<Partial<Record<ThemeColour, string>>>;

export interface Theme {
  /** Shown instead of ours; empty: ours. */
  readonly name: string;
  readonly light: ThemeColours;
  readonly dark: ThemeColours;
  /** As CSS names typefaces, the wanted one first; empty: the system's. */
  readonly font: string;
  /** `data:image/…;base64,…`; empty: the bird. */
  readonly logo: string;
}

const LOGO_BYTES_MAX = 65_536;
const LOGO = /^data:(image\/(?:png|webp|jpeg|gif|svg\+xml));base64,([A-Za-z0-9+/]+={0,2})$/;
/** No parentheses but those of a colour, no semicolon, no braces, no addresses: nothing but a colour fits. */
const COLOUR =
  /^(?:#[0-9a-f]{3,8}|[a-z]{3,24}|(?:rgb|rgba|hsl|hsla|oklch|oklab|lab|lch)\([0-9a-z%., /+-]{1,60}\))$/i;
const FONT = /^[\p{L}\p{N} ,'-]*$/u;

const colour = z.string().trim().regex(COLOUR, 'must be a colour, such as #2c4a6b or hsl(210 40% 30%)');
const colours: z.ZodType<ThemeColours> = z.partialRecord(
  z.enum(Object.keys(THEME_COLOURS) as [ThemeColour, ...ThemeColour[]]),
  colour,
);

/** What may be asked for; what is left out is as it is without a theme. */
export const themeShape: z.ZodType<Theme> = z.object({
  name: z.string().trim().max(60).default('').describe('Shown instead of ours.'),
  light: colours.default({}).describe('Colours by day.'),
  dark: colours.default({}).describe('Colours by night.'),
  font: z
    .string()
    .trim()
    .max(200)
    .regex(FONT, 'must be names of typefaces, parted by commas')
    .default('')
    .describe('Typefaces, the wanted one first.'),
  logo: z
    .string()
    .max(Math.ceil((LOGO_BYTES_MAX * 4) / 3) + 64, `must be smaller than ${LOGO_BYTES_MAX} bytes`)
    .regex(/^$|^data:image\//, 'must be a picture as data:image/…;base64,…')
    .default('')
    .describe('A picture as data:image/…;base64,…'),
});

/** The picture of a logo. `BAD_ARGUMENT` for what is none. */
export function logoOf({ logo }: Pick<Theme, 'logo'>): { readonly type: string; readonly bytes: Buffer } {
  const [, type, data] = LOGO.exec(logo) ?? [];
  if (type === undefined || data === undefined) {
    throw new PeregrineError(
      'BAD_ARGUMENT',
      'The logo must be a PNG, WebP, JPEG, GIF or SVG as data:image/…;base64,….',
    );
  }
  return { type, bytes: Buffer.from(data, 'base64') };
}

/** The variables of the style sheet that the theme sets. Nothing of it can be anything but a value. */
export function themeStyle({ light, dark, font }: Theme): string {
  const parts = [];
  // Each by its own, for what is set for the day must not show at night.
  if (Object.keys(light).length > 0) {
    parts.push(`@media not (prefers-color-scheme: dark){:root{${rules(light)}}}`);
  }
  if (Object.keys(dark).length > 0) parts.push(`@media (prefers-color-scheme: dark){:root{${rules(dark)}}}`);
  if (font !== '') parts.push(`:root{--font:${font.replaceAll(/\s+/g, ' ')},system-ui,sans-serif;}`);
  return `${parts.join('\n')}\n`;
}

function rules(given: ThemeColours): string {
  return Object.entries(given)
    .map(([name, value]) => `--${name}:${value};`)
    .join('');
}

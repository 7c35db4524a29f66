/** Themes of collections: durable beside their documents, read again now and then so that every host shows the same. */

import { hash64, type Clock, PeregrineError } from '../base/index.ts';
import type { CollectionName, Engine } from '../collection/index.ts';
import { logoOf, type Theme, themeShape, themeStyle } from './theme.ts';

const THEME_NOTE = 'theme';
const THEME_VERSION = 1;
/** How long a theme is taken for the same without a look. */
const FRESH_MS = 10_000;

/** A theme with what pages are made of. */
export interface ShelvedTheme {
  readonly theme: Theme;
  readonly style: string;
  /** Changes with the theme: browsers keep what is named by it. */
  readonly version: string;
}

export class ThemeShelf {
  readonly #engine: Engine;
  readonly #clock: Clock;
  readonly #known = new Map<
    CollectionName,
    { readonly at_ms: number; readonly found: ShelvedTheme | undefined }
  >();

  constructor(engine: Engine, clock: Clock) {
    this.#engine = engine;
    this.#clock = clock;
  }

  /** Undefined where the collection has none. */
  async of(collection: CollectionName): Promise<ShelvedTheme | undefined> {
    const now_ms = this.#clock.monotonic();
    const known = this.#known.get(collection);
    if (known !== undefined && now_ms - known.at_ms < FRESH_MS) return known.found;
    const note = await this.#engine.note(collection, THEME_NOTE);
    const found = note === undefined ? undefined : shelve(decodeTheme(note));
    this.#known.set(collection, { at_ms: now_ms, found });
    return found;
  }

  /** Durable when it resolves; undefined takes it away. `BAD_ARGUMENT` for a logo that is none. */
  async set(collection: CollectionName, theme: Theme | undefined, who: string): Promise<void> {
    if (theme !== undefined && theme.logo !== '') logoOf(theme);
    const note = theme === undefined ? undefined : encodeTheme(theme);
    await this.#engine.writeSetting(collection, THEME_NOTE, note, who);
    this.#known.delete(collection);
  }
}

function shelve(theme: Theme): ShelvedTheme {
  const version = hash64(encodeTheme(theme)).toString(16).padStart(16, '0');
  return { theme, style: themeStyle(theme), version };
}

function encodeTheme(theme: Theme): Uint8Array {
  return Buffer.from(JSON.stringify({ version: THEME_VERSION, ...theme }));
}

function decodeTheme(note: Uint8Array): Theme {
  const { version, ...theme } = JSON.parse(Buffer.from(note).toString()) as { version: number };
  if (version === THEME_VERSION) return themeShape.parse(theme);
  throw new PeregrineError('UNSUPPORTED_VERSION', `A theme is of version ${version}.`, { version });
}

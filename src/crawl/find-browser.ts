/** Where a browser for rendering is installed. */

import { existsSync } from 'node:fs';

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** Where a browser is installed, if one is. */
export function findBrowser(): string | undefined {
  return PLACES.find((place) => existsSync(place));
}

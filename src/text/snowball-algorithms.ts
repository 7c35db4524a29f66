/**
 * Snowball's algorithms, compiled to WebAssembly. Their package asks whether there are web requests, and by that alone
 * makes Node load its client of HTTP: 7 MB and many milliseconds for each process. What is loaded already it does not load,
 * so it is loaded here, in the way that asks for nothing.
 */

import { readFileSync } from 'node:fs';
import type * as snowball from 'multilingual-stemmer';

/** What the package calls its own module with. */
interface Loader {
  initSync(from: { readonly module: Uint8Array }): unknown;
}

try {
  const door = import.meta.resolve('multilingual-stemmer');
  const loader = (await import(new URL('./browser/index.js', door).href)) as Loader;
  loader.initSync({ module: readFileSync(new URL('./browser/index_bg.wasm', door)) });
} catch {
  // A release with other files loads itself, as it likes.
}
const loaded = await import('multilingual-stemmer');

export const createStemmer: typeof snowball.createStemmer = loaded.createStemmer;

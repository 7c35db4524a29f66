/**
 * Snowball's algorithms, compiled to WebAssembly. Their package asks whether there are web requests, and by that alone
 * makes Node load its client of HTTP: 7 MB and many milliseconds for each process. So while it loads there are none.
 */

import type * as snowball from 'multilingual-stemmer';

const WEB_TYPES = ['Request', 'Response'] as const;

const before = WEB_TYPES.map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)] as const);
for (const name of WEB_TYPES) {
  Object.defineProperty(globalThis, name, { value: undefined, configurable: true });
}
const loaded = await import('multilingual-stemmer').finally(() => {
  for (const [name, descriptor] of before) {
    if (descriptor === undefined) Reflect.deleteProperty(globalThis, name);
    else Object.defineProperty(globalThis, name, descriptor);
  }
});

export const createStemmer: typeof snowball.createStemmer = loaded.createStemmer;

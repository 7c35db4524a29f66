/** Pages of made-up words with the frequencies of real text, the same for the same seed. */

const SYLLABLES = [
  'ba',
  'co',
  'di',
  'fen',
  'gar',
  'hol',
  'jin',
  'ka',
  'lo',
  'mer',
  'na',
  'pol',
  'ra',
  'sil',
  'tun',
  'ver',
];
const VOCABULARY = 20_000;

/** A generator of numbers from 0 to below 1 (xorshift). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 4_294_967_296;
  };
}

/** Word number n; the lower, the more frequent. */
export function word(n: number): string {
  let text = '';
  for (let rest = n + 17; rest > 0; rest = Math.floor(rest / SYLLABLES.length)) {
    text += SYLLABLES[rest % SYLLABLES.length] ?? '';
  }
  return text;
}

/** By Zipf's law, near enough. */
export function frequentWord(random: () => number): string {
  return word(Math.floor(VOCABULARY ** random()) - 1);
}

export function page(n: number, random: () => number): { readonly url: string; readonly content: string } {
  const words = (count: number): string =>
    Array.from({ length: count }, () => frequentWord(random)).join(' ');
  const paragraphs = Array.from({ length: 4 + Math.floor(random() * 8) }, () => `<p>${words(60)}.</p>`);
  return {
    url: `https://site${n % 500}.example.org/${n}`,
    content: `<html lang="en"><title>${words(5)}</title><h1>${words(4)}</h1>${paragraphs.join('')}</html>`,
  };
}

export function query(random: () => number): string {
  return Array.from({ length: 1 + Math.floor(random() * 3) }, () => frequentWord(random)).join(' ');
}

/** A light stemmer for Korean: cuts the particles that are written together with a noun. */

/** Postpositions, longest first. From the standard grammar; verb endings are left alone. */
const PARTICLES: readonly string[] = [
  '으로부터',
  '에서부터',
  '이라고',
  '이라는',
  '에서는',
  '에서의',
  '에게서',
  '으로서',
  '으로써',
  '으로는',
  '으로의',
  '이라도',
  '까지의',
  '까지는',
  '에서',
  '에게',
  '에는',
  '에도',
  '에만',
  '으로',
  '로서',
  '로써',
  '로는',
  '로의',
  '부터',
  '까지',
  '마다',
  '보다',
  '처럼',
  '만큼',
  '조차',
  '마저',
  '밖에',
  '이나',
  '이며',
  '이란',
  '와의',
  '과의',
  '라는',
  '라고',
  '한테',
  '하고',
  '들은',
  '들이',
  '들을',
  '들의',
  '은',
  '는',
  '이',
  '가',
  '을',
  '를',
  '의',
  '에',
  '로',
  '와',
  '과',
  '도',
  '만',
  '들',
].sort((a, b) => b.length - a.length);

const HANGUL = /^[가-힣]+$/u;
/** Syllables that must be left of a word. */
const LEAST_STEM = 2;

export function stemKorean(word: string): string {
  if (!HANGUL.test(word)) return word;
  for (const particle of PARTICLES) {
    if (word.length - particle.length >= LEAST_STEM && word.endsWith(particle)) {
      return word.slice(0, -particle.length);
    }
  }
  return word;
}

/** Tells languages that the letter statistics don't know, or can't tell from a neighbour, by words and letters that give them away. */

interface Candidate {
  /** What the statistics take the language for when they are sure; an unsure answer is open to every candidate. */
  readonly takenFor: readonly string[];
  /** Words that the neighbours don't have. */
  readonly words: ReadonlySet<string>;
  /** Words of the neighbours that the language does not have. */
  readonly foreign: ReadonlySet<string>;
}

const setOf = (words: string): ReadonlySet<string> =>
  new Set(words.split(/\s+/).filter((word) => word !== ''));

const candidate = (takenFor: string, words: string, foreign = ''): Candidate => ({
  takenFor: takenFor.split(' '),
  words: setOf(words),
  foreign: setOf(foreign),
});

const DANISH = `af ret rettigheder frihed efter uden hvad blev bliver gøre gør noget nogen nu sprog mig dig sig kun mellem
  op meget ud ind frem`;
const NORWEGIAN = `av rett rettigheter frihet etter uten hva ble blir gjøre gjør noe noen nå språk meg deg seg bare mellom opp
  hver mye ut inn fram selv ikkje eg frå ein dei`;

const CANDIDATES: Readonly<Record<string, Candidate>> = {
  af: candidate(
    'nl',
    `nie 'n ek jy hy hulle vir elkeen sonder hierdie sy baie`,
    `het een zijn wordt niet ik jij hij zij ze door voor zonder deze dit ook wat ons geen nog`,
  ),
  cy: candidate('', `yn yr ei mae oes bod bydd hawl pob pawb neu fel wrth hwn hon sydd wedi cael`),
  da: candidate('no', DANISH, NORWEGIAN),
  eo: candidate('', `kaj estas ĉiu oni ĉiuj aŭ sia liaj kun rajtas plej tiu ĝi estis povas`),
  ga: candidate('', `agus gach duine bhfuil sé ina nó ceart chun aon tá ní leis`),
  gl: candidate(
    'es pt ca',
    `unha unhas dunha nunha sen ten teñen non nin coa coas cos polo pola polos polas xa máis tódolos tódalas todalas
      súa súas ningún ningunha ninguén ninguín calquera dereito persoa persoas moi tamén ó ós xente despois entón
      lle lles cando dende xustiza relixión prohibida crueis`,
    `el los las y una del con más también sin ni su sus não uma em com são sem nem mais pelo pela também qualquer
      direito pessoa ninguém`,
  ),
  ha: candidate('', `cikin wannan kuma shi mutum kowa yana wanda domin wani kowane cewa`),
  id: candidate(
    'ms',
    `karena bahwa bisa namun yaitu yakni berbeda pemerintah apapun lainnya saat hukum`,
    `kerana bahawa ialah iaitu sahaja sebarang beliau hendaklah berbeza kerajaan manakala semasa tiada sekiranya
      mahkamah perlembagaan sesuatu mana-mana`,
  ),
  la: candidate('', `cum quae quod sunt sed aut omnes omnibus nec esse atque eius`),
  lb: candidate(
    'de nl',
    `déi ass vun ze mat net och eng huet mënsch ouni fir säin seng`,
    `der die das den dem und ist ein eine nicht mit von für auf het een van niet ook`,
  ),
  mt: candidate('', `il- ta' huwa fil- tal- għal jew kull minn mhux biex kien bħala`),
  no: candidate('da', NORWEGIAN, DANISH),
  so: candidate('', `iyo oo uu ay waa qof kasta leh waxaa lagu wuxuu xaq`),
  sr: candidate(
    'hr sl',
    `svako niko neko ko gde pre posle šta uvek čovek uslovi saglasno opšti bezbednost ovde`,
    `svatko nitko netko tko gdje prije poslije uvijek čovjek uvjeti sukladno opći sigurnost tijekom sudjelovati
      vjere vjeru mjesto`,
  ),
  sw: candidate(
    'tl yo ms',
    `ya wa kwa ni katika kila mtu watu haki au bila kama yake zake wake wote hii hakuna nchi sheria wana ana
      kuwa cha vya lakini pia sana yao wao ye yo mbele huru hayo hivyo gani nini nani wapi`,
  ),
  ur: candidate(
    'fa ar ps',
    `کو کی کے کا کسی سے ہے اور میں نہیں یا شخص`,
    `را که از این با برای است شود باشد هر`,
  ),
  uz: candidate(
    'tr az',
    `va bilan uchun har ham yoki o'z inson ega emas kerak kishi lozim`,
    `ve ile için her değil veya kişi gerek üçün və ilə hər`,
  ),
  zu: candidate('', `ukuthi futhi noma wonke umuntu kanye nge unelungelo abantu lokuthi ngaphandle bonke`),
};

const ALL: readonly (readonly [code: string, candidate: Candidate])[] = Object.entries(CANDIDATES);
/** Whatever else the statistics are sure of, they are right about. */
const MISTAKEN: ReadonlySet<string> = new Set(ALL.flatMap(([, { takenFor }]) => takenFor));

/** What a word says of the candidates, by their places: 1 for one, -1 against it. */
const SAYINGS: ReadonlyMap<string, readonly (readonly [place: number, said: number])[]> = sayingsOf(ALL);

function sayingsOf(candidates: typeof ALL): ReadonlyMap<string, readonly (readonly [number, number])[]> {
  const sayings = new Map<string, (readonly [number, number])[]>();
  candidates.forEach(([, { words, foreign }], place) => {
    for (const word of new Set([...words, ...foreign])) {
      const said = sayings.get(word) ?? [];
      said.push([place, words.has(word) ? 1 : -1]);
      sayings.set(word, said);
    }
  });
  return sayings;
}

/** Letters that one language of their script has, and how many in a thousand: a quoted name does not make a text. */
const TELLTALE: readonly (readonly [code: string, letters: RegExp, leastPerMille: number])[] = [
  ['ur', /[ٹڈڑںےہ]/g, 30],
  ['ps', /[ټډړږښځڅڼېۍ]/g, 15],
  ['tg', /[ҷӣӯ]/g, 10],
  ['kk', /[әұ]/g, 10],
  ['mk', /[ѓќѕ]/g, 3],
  ['eo', /[ĉĝĥĵŝŭ]/g, 12],
  ['mt', /[ħġ]/g, 15],
];

/** Share of a text's words that must give its language away. */
const LEAST_SHARE = 0.16;
/** From so many words on, a single one may be a quotation. */
const LONG_TEXT_WORDS = 12;
const WORD = /[\p{L}\p{M}'-]+/gu;

/** The language that its letters give away, or empty. */
export function languageOfLetters(text: string): string {
  const lower = text.toLowerCase();
  return (
    TELLTALE.find(([, letters, leastPerMille]) => {
      const found = lower.match(letters)?.length ?? 0;
      return found > 0 && found * 1000 >= lower.length * leastPerMille;
    })?.[0] ?? ''
  );
}

/**
 * The language that common words give away, or empty. `guess` is what the statistics say, `isSure` whether they are
 * sure of it.
 */
export function languageOfWords(text: string, guess: string, isSure: boolean): string {
  if (isSure && !MISTAKEN.has(guess)) return '';
  const words = text.toLowerCase().match(WORD) ?? [];
  const hitsOf = new Int32Array(ALL.length);
  for (const word of words) {
    for (const [place, said] of SAYINGS.get(word) ?? []) hitsOf[place] = (hitsOf[place] as number) + said;
  }
  let best = '';
  let most = LEAST_SHARE;
  for (const [place, [code, { takenFor, foreign }]] of ALL.entries()) {
    if (isSure && !takenFor.includes(guess)) continue;
    const hits = hitsOf[place] as number;
    // One word of a long text is chance; neighbours differ in few words, so there the share is no measure.
    const isNeighbour = takenFor.includes(guess) && foreign.size > 0;
    const least = isNeighbour ? leastHits(code, words.length) : 2;
    const share =
      isNeighbour && hits > 0 ? 1 : Math.max(hits / words.length, isNeighbour ? LEAST_SHARE * 1.01 : 0);
    if (hits >= least && share > most) {
      best = code;
      most = share;
    }
  }
  return best;
}

/** Hits that tell a language from its neighbour. */
function leastHits(code: string, words: number): number {
  // Of Indonesian there is far more than of Malay; Croatian has none of the Serbian words, not even in quotations.
  if (code === 'id') return 0;
  if (code === 'sr') return 1;
  return words > LONG_TEXT_WORDS ? 2 : 1;
}

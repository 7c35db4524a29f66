/** Words that say little about what a text is about: they count less in ranking and in choosing snippets, and are never left out. */

import { foldLetters } from './folding.ts';

/** Weights as measured on relevance collections: full weight all the same when nothing else is asked. */
const STOP_WORD_WEIGHT = 0.1;
export const QUESTION_WORD_WEIGHT = 0.3;

interface WordLists {
  /** Articles, pronouns, prepositions, conjunctions, auxiliaries. */
  readonly stop: string;
  /** Words with which people begin questions. */
  readonly question: string;
}

const LISTS: Readonly<Record<string, WordLists>> = {
  en: {
    stop: `a an the and or but if then than that this these those there here it its it's he she they them his her their
      we us our you your i me my of in on at by for from to with without into onto over under about as is are was were be
      been being am do does did done has have had having not no so such can could will would shall should may might must
      also just only very too any some each all both i'm don't`,
    question: `what which who whom whose when where why how`,
  },
  de: {
    stop: `der die das den dem des ein eine einer eines einem einen und oder aber wenn dann als dass daß dies diese dieser
      dieses diesem diesen es er sie ihr ihre ihrer ihm ihn wir uns unser du dein ich mich mir mein sein seine seiner von
      vom in im an am auf bei für aus zu zum zur mit ohne über unter um nach vor durch ist sind war waren wird werden wurde
      wurden bin hat haben hatte kann können soll muss nicht kein keine auch nur noch so wie sich man ja nein`,
    question: `was welche welcher welches wer wen wem wessen wann wo woher wohin warum wieso weshalb wieviel`,
  },
  fr: {
    stop: `le la les l un une des du de d et ou mais si que qu ce cet cette ces c il elle ils elles on nous vous je tu me
      te se s mon ma mes ton ta tes son sa ses notre nos votre vos leur leurs en dans sur sous par pour avec sans à au aux
      y est sont était être été a ont avait avoir ne n pas plus ni aussi très tout tous toute toutes comme`,
    question: `quoi quel quelle quels quelles qui quand où pourquoi comment combien`,
  },
  es: {
    stop: `el la los las lo un una unos unas y e o u pero si que este esta estos estas ese esa eso esto él ella ellos
      ellas yo tú me te se nos le les mi mis tu tus su sus nuestro nuestra de del en a al por para con sin sobre entre
      hasta desde es son era fue ser está están estar ha han haber hay no ni más muy ya también como todo todos`,
    question: `qué cuál cuáles quién quiénes cuándo dónde adónde cómo cuánto cuántos cuánta cuántas`,
  },
  it: {
    stop: `il lo la i gli le l un uno una e ed o ma se che questo questa questi queste quello quella egli lui lei loro io
      tu mi ti si ci vi ne mio mia tuo suo sua suoi nostro di del dello della dei degli delle d a al allo alla ai agli alle
      da dal dalla in nel nella nei con su sul sulla per tra fra è sono era essere stato ha hanno aveva avere non più
      anche molto come tutto tutti`,
    question: `cosa quale quali chi quando dove perché quanto quanti quanta quante`,
  },
  pt: {
    stop: `o a os as um uma uns umas e ou mas se que este esta estes estas esse essa isso isto ele ela eles elas eu tu
      você me te lhe nos meu minha seu sua seus suas nosso de do da dos das em no na nos nas a ao à aos às por pelo pela
      para com sem sobre entre até é são era foi ser está estão estar há tem têm ter não mais muito já também como todo
      todos`,
    question: `quê qual quais quem quando onde porquê quanto quantos quanta quantas`,
  },
  nl: {
    stop: `de het een en of maar als dan dat die dit deze er hij zij ze hem haar hun wij we ons onze jij je u uw ik mij me
      mijn zijn van in op aan bij voor uit tot te met zonder over onder om naar door is was waren ben bent wordt worden
      werd heeft hebben had kan kunnen zal moet niet geen ook nog maar zo zich men`,
    question: `wat welke welk wie wiens wanneer waar waarom hoe hoeveel`,
  },
  sv: {
    stop: `en ett den det de dem och eller men om så att som denna detta dessa han hon hans hennes deras vi oss vår du din
      jag mig min sin sitt sina i på av för från till med utan över under vid är var vara varit blir bli blev har hade ha
      kan ska skulle måste inte ingen inget också bara mycket man sig`,
    question: `vad vilken vilket vilka vem vems när var vart varför hur`,
  },
  da: {
    stop: `en et den det de dem og eller men hvis så at som denne dette disse han hun hans hendes deres vi os vores du din
      jeg mig min sin sit sine i på af for fra til med uden over under ved er var være været bliver blive blev har havde
      have kan skal skulle må ikke ingen også kun meget man sig`,
    question: `hvad hvilken hvilket hvilke hvem hvis hvornår hvor hvorfor hvordan`,
  },
  no: {
    stop: `en ei et den det de dem og eller men hvis så at som denne dette disse han hun hans hennes deres vi oss vår du
      din jeg meg min sin sitt sine i på av for fra til med uten over under ved er var være vært blir bli ble har hadde ha
      kan skal skulle må ikke ingen også bare mye man seg`,
    question: `hva hvilken hvilket hvilke hvem når hvor hvorfor hvordan`,
  },
  fi: {
    stop: `ja tai mutta jos niin että joka jotka tämä tämän nämä se sen ne niiden hän hänen he heidän me minä sinä te ei en
      et eivät on ovat oli olivat olla ollut kuin kanssa myös vain hyvin sekä mukaan`,
    question: `mikä mitä mitkä kuka ketkä kenen milloin koska missä mistä mihin miksi miten kuinka`,
  },
  pl: {
    stop: `i a oraz lub albo ale jeśli jeżeli to ten ta te tego tej tym tych on ona ono oni jego jej ich my wy ja ty mnie
      się w we na z ze do od o po przez przy dla bez nad pod za u jest są był była było były być nie tak już też także
      tylko jak że który która które których`,
    question: `co jaki jaka jakie kto kogo kiedy gdzie skąd dokąd dlaczego czemu ile czy`,
  },
  cs: {
    stop: `a i nebo ale když pokud to ten ta ty toho tom tím on ona ono oni jeho její jejich my vy já ty mě se si v ve na
      z ze do od o po při pro bez nad pod za u k ke s je jsou byl byla bylo byly být není ne tak už také jen jako že který
      která které`,
    question: `co jaký jaká jaké kdo koho kdy kde odkud kam proč kolik zda`,
  },
  ru: {
    stop: `и а но или если то что это этот эта эти этого этой он она оно они его её их мы вы я ты мне нам вас нас себя
      свой в во на с со к ко по из от до за у о об для без над под при через между есть был была было были быть не ни же
      бы ли так уже ещё также только как чтобы который которая которое которые`,
    question: `какой какая какое какие кто кого чей когда где куда откуда почему зачем сколько`,
  },
  uk: {
    stop: `і й та а але або якщо то що це цей ця ці цього він вона воно вони його її їх ми ви я ти мені нам вас нас себе в
      у на з зі із до від за по про для без над під при через між є був була було були бути не ні ж би чи так вже ще також
      тільки як щоб який яка яке які`,
    question: `хто кого чий коли де куди звідки чому навіщо скільки`,
  },
  tr: {
    stop: `ve veya ya da de ile ama fakat eğer bu şu o bunlar şunlar onlar onun ben sen biz siz benim senin bizim bir için
      gibi kadar daha çok en değil var yok olan olarak oldu olur ki mi mı mu mü her`,
    question: `ne hangi kim kimin nerede nereye nereden niçin neden niye nasıl kaç`,
  },
  ar: {
    stop: `و في من إلى على عن مع أن إن أو ثم لا ما لم لن هذا هذه ذلك تلك هو هي هم هن نحن أنا أنت الذي التي الذين كان كانت
      يكون قد كل بعد قبل بين حتى إذا كما عند`,
    question: `ماذا من متى أين كيف لماذا كم أي هل`,
  },
  el: {
    stop: `ο η το οι τα του της των τον την ένας μία ένα και ή αλλά αν που ότι αυτός αυτή αυτό αυτοί εγώ εσύ εμείς εσείς μου
      σου μας σας τους σε στο στη στην στον στα από για με χωρίς είναι ήταν να θα δεν μην ως και`,
    question: `τι ποιος ποια ποιο πότε πού γιατί πώς πόσο πόσα`,
  },
  hu: {
    stop: `a az egy és vagy de ha hogy ez ezek ő ők én te mi ti nem is csak már még van vannak volt voltak lesz lenni
      meg el ki be fel le mint amely ami aki után által`,
    question: `mi milyen melyik ki kinek mikor hol hová honnan miért hogyan mennyi hány`,
  },
  ro: {
    stop: `un o și sau dar dacă că acest această acești aceste el ea ei ele eu tu noi voi îmi își se pe la de din în cu
      fără pentru prin peste sub este sunt era fi fost are au avea nu mai și foarte tot toate al ai ale`,
    question: `ce care cine când unde cum cât câți câte`,
  },
  zh: {
    stop: `的 了 是 在 和 与 及 或 也 都 就 而 但 这 那 此 其 之 于 以 为 被 把 对 从 到 有 我 你 他 她 它 们 我们 你们 他们
      的話 這 與 於 為 對 從 們 我們 您 吗 呢 吧 嗎`,
    question: `什么 什麼 哪 哪个 哪个 谁 誰 何时 哪里 哪裡 为什么 為什麼 怎么 怎麼 如何 多少 几`,
  },
  ja: {
    stop: `の は が を に で と も へ や か ら から まで より て し れ さ ある いる する なる こと これ それ この その です ます
      た だ な ない など という として`,
    question: `何 なに なん どの どれ 誰 だれ いつ どこ なぜ どう いくつ いくら`,
  },
};

interface WordSets {
  readonly stop: ReadonlySet<string>;
  readonly question: ReadonlySet<string>;
}

const NONE: WordSets = { stop: new Set(), question: new Set() };
const sets = new Map<string, WordSets>();

function setsOf(language: string): WordSets {
  let found = sets.get(language);
  if (found === undefined) {
    const lists = LISTS[language];
    found = lists === undefined ? NONE : { stop: toSet(lists.stop), question: toSet(lists.question) };
    sets.set(language, found);
  }
  return found;
}

function toSet(list: string): ReadonlySet<string> {
  return new Set(list.trim().split(/\s+/u).map(foldLetters));
}

/** How much a folded word counts in a text or query of `language`: 1, or less for stop and question words. */
export function wordWeight(word: string, language: string): number {
  const { stop, question } = setsOf(language);
  if (stop.has(word)) return STOP_WORD_WEIGHT;
  return question.has(word) ? QUESTION_WORD_WEIGHT : 1;
}

/** True for a folded stop or question word of `language`. */
export function isStopWord(word: string, language: string): boolean {
  return wordWeight(word, language) < 1;
}

/** All folded stop and question words of `language`. */
export function stopWordsOf(language: string): Iterable<string> {
  const { stop, question } = setsOf(language);
  return new Set([...stop, ...question]);
}

let everyStopWord: ReadonlySet<string> | undefined;

/** True for a folded stop or question word of any language: nobody has mistyped it. */
export function isStopWordAnywhere(word: string): boolean {
  everyStopWord ??= new Set(STOP_WORD_LANGUAGES.flatMap((language) => Array.from(stopWordsOf(language))));
  return everyStopWord.has(word);
}

/** Languages with lists. */
export const STOP_WORD_LANGUAGES: readonly string[] = Object.keys(LISTS);

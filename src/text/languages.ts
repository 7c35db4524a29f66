/** The languages that the index can tell apart. Numbers stand in segments and never change. */

export interface Language {
  /** 1 … 65,535. */
  readonly number: number;
  /** ISO 639-1 code, or 639-3 where there is none. */
  readonly code: string;
  /** In English. */
  readonly name: string;
  /** In itself. */
  readonly endonym: string;
  /** ISO 15924 code of its usual script. */
  readonly script: string;
}

const TABLE = `
1 en English English Latn
2 de German Deutsch Latn
3 fr French français Latn
4 es Spanish español Latn
5 it Italian italiano Latn
6 pt Portuguese português Latn
7 nl Dutch Nederlands Latn
8 sv Swedish svenska Latn
9 da Danish dansk Latn
10 no Norwegian norsk Latn
11 fi Finnish suomi Latn
12 is Icelandic íslenska Latn
13 pl Polish polski Latn
14 cs Czech čeština Latn
15 sk Slovak slovenčina Latn
16 sl Slovenian slovenščina Latn
17 hr Croatian hrvatski Latn
18 bs Bosnian bosanski Latn
19 sr Serbian српски Cyrl
20 mk Macedonian македонски Cyrl
21 bg Bulgarian български Cyrl
22 ru Russian русский Cyrl
23 uk Ukrainian українська Cyrl
24 be Belarusian беларуская Cyrl
25 ro Romanian română Latn
26 hu Hungarian magyar Latn
27 et Estonian eesti Latn
28 lv Latvian latviešu Latn
29 lt Lithuanian lietuvių Latn
30 el Greek ελληνικά Grek
31 sq Albanian shqip Latn
32 tr Turkish Türkçe Latn
33 az Azerbaijani azərbaycan Latn
34 kk Kazakh қазақ Cyrl
35 uz Uzbek oʻzbek Latn
36 hy Armenian հայերեն Armn
37 ka Georgian ქართული Geor
38 he Hebrew עברית Hebr
39 yi Yiddish ייִדיש Hebr
40 ar Arabic العربية Arab
41 fa Persian فارسی Arab
42 ur Urdu اردو Arab
43 ku Kurdish kurdî Latn
44 ps Pashto پښتو Arab
45 hi Hindi हिन्दी Deva
46 mr Marathi मराठी Deva
47 ne Nepali नेपाली Deva
48 sa Sanskrit संस्कृतम् Deva
49 bn Bengali বাংলা Beng
50 gu Gujarati ગુજરાતી Gujr
51 pa Punjabi ਪੰਜਾਬੀ Guru
52 or Odia ଓଡ଼ିଆ Orya
53 ta Tamil தமிழ் Taml
54 te Telugu తెలుగు Telu
55 kn Kannada ಕನ್ನಡ Knda
56 ml Malayalam മലയാളം Mlym
57 si Sinhala සිංහල Sinh
58 th Thai ไทย Thai
59 lo Lao ລາວ Laoo
60 km Khmer ខ្មែរ Khmr
61 my Burmese မြန်မာ Mymr
62 vi Vietnamese tiếng_Việt Latn
63 id Indonesian Indonesia Latn
64 ms Malay Melayu Latn
65 tl Tagalog Tagalog Latn
66 zh Chinese 中文 Hani
67 ja Japanese 日本語 Jpan
68 ko Korean 한국어 Kore
69 mn Mongolian монгол Cyrl
70 am Amharic አማርኛ Ethi
71 sw Swahili Kiswahili Latn
72 yo Yoruba Yorùbá Latn
73 zu Zulu isiZulu Latn
74 af Afrikaans Afrikaans Latn
75 ca Catalan català Latn
76 gl Galician galego Latn
77 eu Basque euskara Latn
78 oc Occitan occitan Latn
79 br Breton brezhoneg Latn
80 cy Welsh Cymraeg Latn
81 ga Irish Gaeilge Latn
82 gd Scottish_Gaelic Gàidhlig Latn
83 lb Luxembourgish Lëtzebuergesch Latn
84 fy Frisian Frysk Latn
85 mt Maltese Malti Latn
86 la Latin Latina Latn
87 eo Esperanto Esperanto Latn
88 jv Javanese Jawa Latn
89 so Somali Soomaali Latn
90 ha Hausa Hausa Latn
91 bo Tibetan བོད་སྐད Tibt
92 dv Dhivehi ދިވެހި Thaa
93 ti Tigrinya ትግርኛ Ethi
94 ky Kyrgyz кыргызча Cyrl
95 tg Tajik тоҷикӣ Cyrl
96 fo Faroese føroyskt Latn
`;

export const LANGUAGES: readonly Language[] = TABLE.trim()
  .split('\n')
  .map((line) => {
    const [number = '', code = '', name = '', endonym = '', script = ''] = line.split(' ');
    return { number: Number(number), code, name: spaced(name), endonym: spaced(endonym), script };
  });

const byCode: ReadonlyMap<string, Language> = new Map(LANGUAGES.map((language) => [language.code, language]));

/** Codes that mean a language of the table: macro-languages, retired codes, three-letter codes met in the wild. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['nb', 'no'],
  ['nn', 'no'],
  ['iw', 'he'],
  ['in', 'id'],
  ['ji', 'yi'],
  ['sh', 'hr'],
  ['fil', 'tl'],
  ['cmn', 'zh'],
  ['yue', 'zh'],
  ['arb', 'ar'],
  ['pes', 'fa'],
  ['cat', 'ca'],
  ['eng', 'en'],
  ['deu', 'de'],
  ['ger', 'de'],
  ['fra', 'fr'],
  ['fre', 'fr'],
  ['spa', 'es'],
  ['ita', 'it'],
  ['por', 'pt'],
  ['rus', 'ru'],
  ['jpn', 'ja'],
  ['kor', 'ko'],
  ['zho', 'zh'],
]);

/** The language of a code or a BCP 47 tag (`de`, `de-AT`, `zh_Hant`); undefined where the table has none. */
export function languageOfTag(tag: string): Language | undefined {
  const primary = /^[a-z]{2,3}(?=$|[-_])/i.exec(tag.trim())?.[0].toLowerCase();
  return primary === undefined ? undefined : byCode.get(ALIASES.get(primary) ?? primary);
}

/** The stored number of a code or tag; 0 where it is empty or unknown. */
export function languageNumber(tag: string): number {
  return languageOfTag(tag)?.number ?? 0;
}

function spaced(text: string): string {
  return text.replaceAll('_', ' ');
}

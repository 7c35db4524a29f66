/** Arabic. */

import type { Texts } from './texts.ts';

const rules = new Intl.PluralRules('ar');

/** Arabic has six forms: none, one, two, few, many, and the rest. */
function form(
  number: number,
  forms: Readonly<Partial<Record<Intl.LDMLPluralRule, string>>>,
  other: string,
): string {
  return forms[rules.select(number)] ?? other;
}

const pages = (count: string, number: number): string =>
  form(number, { one: 'صفحة واحدة', two: 'صفحتان', few: `${count} صفحات` }, `${count} صفحة`);

const results = (count: string, number: number): string =>
  form(
    number,
    { zero: 'لا نتائج', one: 'نتيجة واحدة', two: 'نتيجتان', few: `${count} نتائج` },
    `${count} نتيجة`,
  );

export const ar: Texts = {
  name: 'العربية',
  direction: 'rtl',
  skip: 'انتقل إلى المحتوى',
  home: 'Peregrine، الصفحة الرئيسية',
  search: 'بحث',
  collection: 'المجموعة',
  administration: 'الإدارة',
  languages: 'اللغات',
  help: 'مساعدة',
  pagesToSearch: (count, number) => `${pages(count, number)} للبحث فيها`,
  nothingIndexed: 'لم يُفهرس شيء بعد. ابدأ بموقع لك:',
  orInAdministration: 'أو ابدأ الزحف من صفحة الإدارة:',
  resultsFor: (query) => `نتائج البحث عن ${query}`,
  results: (count, number, isExact) => `${isExact ? '' : 'نحو '}${results(count, number)}`,
  range: (first, last, all) => `${first}–${last} من ${all}`,
  inTime: (time) => `في ${time}`,
  partsMissing: (missing, asked) => `لم يستجب ${missing} من ${asked} من أجزاء الفهرس؛ نتائجها غير موجودة.`,
  cutShort: 'استغرق البحث وقتًا طويلًا فأُوقف؛ قد تكون بعض النتائج ناقصة.',
  damaged: 'تعذّرت قراءة جزء من الفهرس؛ قد تكون بعض النتائج ناقصة.',
  published: 'تاريخ النشر',
  fetched: 'تاريخ الجلب',
  goToSection: 'انتقل إلى القسم',
  section: (name) => `القسم ${name}`,
  storedCopy: 'نسخة محفوظة',
  typeSomething: 'اكتب ما تبحث عنه.',
  noMoreResults: 'لا توجد نتائج أخرى.',
  noPageMatches: (query) => `لا توجد صفحة تطابق «${query}»`,
  wordNotFound: (word) => `لا توجد هنا صفحة تحتوي على «${word}». هل كُتبت كما تريد؟`,
  tryFewerWords: 'جرّب كلمات أقل أو أعم.',
  quotationMarks: 'علامات الاقتباس تطلب العبارة كما هي: من دونها قد تكون الكلمات متفرقة.',
  collectionHolds: (count, number) =>
    `في هذه المجموعة ${pages(count, number)}؛ قد لا يكون ما تبحث عنه بينها بعد.`,
  pagesOfResults: 'صفحات النتائج',
  page: (number) => `الصفحة ${number}`,
  previous: 'السابق',
  next: 'التالي',
  asRss: 'هذه النتائج بصيغة RSS',
  copyOf: (address) => `نسخة من ${address}`,
  storedOn: (date) => `كما كانت في ${date}`,
  mayHaveChanged: 'ربما تغيّرت منذ ذلك الحين.',
  withoutStyles: 'تُعرض من دون التنسيقات والصور الموجودة في ملفات أخرى.',
  livePage: 'الصفحة الحالية',
  textOnly: 'النص فقط',
  storedPage: 'الصفحة المحفوظة',
  didYouMean: 'هل تقصد',
  showingInstead: 'لا تكاد توجد صفحة فيها هذه الكلمات. نتائج البحث عن',
  searchForTyped: 'ابحث عما كُتب:',
  order: 'الترتيب',
  byRelevance: 'حسب الصلة',
  newestFirst: 'الأحدث أولا',
  oldestFirst: 'الأقدم أولا',
  leastFirst: (field) => `${field}، الأصغر أولا`,
  greatestFirst: (field) => `${field}، الأكبر أولا`,
  foundAgo: (time) => `وجدت قبل ${time}`,
  atLeast: (count) => `${count} أو أكثر`,
  firstOf: (shown, all) => `${shown} من ${all}`,
  howRead: 'كيف قرئ الاستعلام',
  score: (score) => `الدرجة ${score}`,
  time: 'الوقت',
  anyTime: 'أي وقت',
  pastDay: 'آخر يوم',
  pastWeek: 'آخر أسبوع',
  pastMonth: 'آخر شهر',
  pastYear: 'آخر سنة',
  moreFrom: (host) => `المزيد من ${host}`,
  copies: (count) => `نسخ: ${count}`,
  similarPages: 'صفحات مشابهة',
  similarTo: 'صفحات تشترك في أكثر الكلمات دلالةً على',
  broughtFrom: (name) => `المصدر: ${name}`,
  allResults: 'كل النتائج',
  bySite: 'حسب الموقع',
  byKind: 'حسب النوع',
  byLanguage: 'حسب اللغة',
  related: 'عمليات بحث ذات صلة',
  advancedSearch: 'بحث متقدم',
  allWords: 'هذه الكلمات',
  exactPhrase: 'هذه العبارة بالضبط',
  anyWord: 'واحدة على الأقل من هذه الكلمات',
  noneOf: 'من دون هذه الكلمات',
  onSite: 'في هذا الموقع فقط',
  inTitle: 'في العنوان',
  language: 'اللغة',
  anyLanguage: 'أي لغة',
  after: 'منذ (تاريخ)',
  before: 'حتى (تاريخ)',
  suggestions: 'اقتراحات',
  queryHelp: 'ما يمكن أن يقوله الاستعلام',
};

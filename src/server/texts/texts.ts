/** The words of the search pages in one language. Counts and dates are written by the same language's rules. */

export interface Texts {
  /** Name of the language in itself, for who looks for it. */
  readonly name: string;
  readonly direction: 'ltr' | 'rtl';
  readonly skip: string;
  readonly home: string;
  readonly search: string;
  readonly collection: string;
  readonly administration: string;
  readonly languages: string;
  readonly help: string;
  readonly pagesToSearch: (count: string, number: number) => string;
  readonly nothingIndexed: string;
  readonly orInAdministration: string;
  readonly resultsFor: (query: string) => string;
  readonly results: (count: string, number: number, isExact: boolean) => string;
  readonly range: (first: string, last: string, results: string) => string;
  readonly inTime: (time: string) => string;
  readonly partsMissing: (missing: number, asked: number) => string;
  readonly cutShort: string;
  readonly damaged: string;
  readonly published: string;
  readonly fetched: string;
  readonly goToSection: string;
  readonly section: (name: string) => string;
  readonly storedCopy: string;
  readonly typeSomething: string;
  readonly noMoreResults: string;
  /** Where a part of the index was not asked. */
  readonly nothingFound: (query: string) => string;
  readonly noPageMatches: (query: string) => string;
  readonly wordNotFound: (word: string) => string;
  readonly tryFewerWords: string;
  readonly quotationMarks: string;
  readonly collectionHolds: (count: string, number: number) => string;
  readonly pagesOfResults: string;
  readonly page: (number: string) => string;
  readonly previous: string;
  readonly next: string;
  readonly asRss: string;
  readonly copyOf: (address: string) => string;
  readonly storedOn: (date: string) => string;
  readonly mayHaveChanged: string;
  readonly withoutStyles: string;
  readonly livePage: string;
  readonly textOnly: string;
  readonly storedPage: string;
  readonly didYouMean: string;
  readonly showingInstead: string;
  readonly searchForTyped: string;
  readonly order: string;
  readonly byRelevance: string;
  readonly newestFirst: string;
  readonly oldestFirst: string;
  readonly leastFirst: (field: string) => string;
  readonly greatestFirst: (field: string) => string;
  readonly foundAgo: (time: string) => string;
  readonly atLeast: (count: string) => string;
  /** So many values of a field are shown. */
  readonly firstOf: (shown: string, all: string) => string;
  readonly howRead: string;
  readonly score: (score: string) => string;
  readonly time: string;
  readonly anyTime: string;
  readonly pastDay: string;
  readonly pastWeek: string;
  readonly pastMonth: string;
  readonly pastYear: string;
  readonly moreFrom: (host: string) => string;
  readonly copies: (count: string, number: number) => string;
  readonly similarPages: string;
  /** Before the name of the page. */
  readonly similarTo: string;
  /** Of a page that another installation gave: whose it was. */
  readonly broughtFrom: (name: string) => string;
  readonly allResults: string;
  readonly bySite: string;
  readonly byKind: string;
  readonly byLanguage: string;
  readonly related: string;
  readonly advancedSearch: string;
  readonly allWords: string;
  readonly exactPhrase: string;
  readonly anyWord: string;
  readonly noneOf: string;
  readonly onSite: string;
  readonly inTitle: string;
  readonly language: string;
  readonly anyLanguage: string;
  readonly after: string;
  readonly before: string;
  readonly suggestions: string;
  readonly queryHelp: string;
}

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
  readonly published: string;
  readonly fetched: string;
  readonly goToSection: string;
  readonly section: (name: string) => string;
  readonly storedCopy: string;
  readonly typeSomething: string;
  readonly noMoreResults: string;
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
}

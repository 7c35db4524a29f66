/** German. */

import type { Texts } from './texts.ts';

export const de: Texts = {
  name: 'Deutsch',
  direction: 'ltr',
  skip: 'Zum Inhalt springen',
  home: 'Peregrine, Startseite',
  search: 'Suchen',
  collection: 'Sammlung',
  administration: 'Verwaltung',
  languages: 'Sprachen',
  help: 'Hilfe',
  pagesToSearch: (count, number) => `${count} ${number === 1 ? 'Seite' : 'Seiten'} durchsuchbar`,
  nothingIndexed: 'Noch ist nichts erfasst. Beginnen Sie mit einer eigenen Website:',
  orInAdministration: 'oder starten Sie das Einlesen in der Verwaltung:',
  resultsFor: (query) => `Ergebnisse für ${query}`,
  results: (count, number, isExact) =>
    `${isExact ? '' : 'Etwa '}${count} ${number === 1 ? 'Ergebnis' : 'Ergebnisse'}`,
  range: (first, last, results) => `${first}–${last} von ${results.replace(/^Etwa/, 'etwa')}`,
  inTime: (time) => `in ${time}`,
  partsMissing: (missing, asked) =>
    `${missing} von ${asked} Teilen des Index haben nicht geantwortet; ihre Ergebnisse fehlen.`,
  cutShort: 'Die Suche dauerte zu lange und wurde abgebrochen; es können Ergebnisse fehlen.',
  published: 'Veröffentlicht',
  fetched: 'Abgerufen',
  goToSection: 'Zum Abschnitt',
  section: (name) => `Abschnitt ${name}`,
  storedCopy: 'Gespeicherte Kopie',
  typeSomething: 'Geben Sie ein, was Sie suchen.',
  noMoreResults: 'Es gibt keine weiteren Ergebnisse.',
  noPageMatches: (query) => `Keine Seite passt zu „${query}“`,
  wordNotFound: (word) => `Keine Seite enthält hier „${word}“. Ist es so geschrieben, wie Sie es meinten?`,
  tryFewerWords: 'Versuchen Sie es mit weniger oder allgemeineren Wörtern.',
  quotationMarks:
    'Anführungszeichen verlangen den genauen Wortlaut: Ohne sie dürfen die Wörter auseinander stehen.',
  collectionHolds: (count, number) =>
    `${count} ${number === 1 ? 'Seite ist' : 'Seiten sind'} in dieser Sammlung; was Sie suchen, ist vielleicht noch nicht dabei.`,
  pagesOfResults: 'Ergebnisseiten',
  page: (number) => `Seite ${number}`,
  previous: 'Zurück',
  next: 'Weiter',
  asRss: 'Diese Ergebnisse als RSS',
  copyOf: (address) => `Eine Kopie von ${address}`,
  storedOn: (date) => `im Stand vom ${date}`,
  mayHaveChanged: 'Sie kann sich seitdem geändert haben.',
  withoutStyles: 'Gestaltung und Bilder aus anderen Dateien fehlen in dieser Ansicht.',
  livePage: 'Aktuelle Seite',
  textOnly: 'Nur Text',
  storedPage: 'Gespeicherte Seite',
};

/** French. */

import type { Texts } from './texts.ts';

/** Zero and one are singular in French. */
const isOne = (number: number): boolean => number < 2;

export const fr: Texts = {
  name: 'Français',
  direction: 'ltr',
  skip: 'Aller au contenu',
  home: 'Peregrine, accueil',
  search: 'Rechercher',
  collection: 'Collection',
  administration: 'Administration',
  languages: 'Langues',
  help: 'Aide',
  pagesToSearch: (count, number) => `${count} ${isOne(number) ? 'page' : 'pages'} où chercher`,
  nothingIndexed: 'Rien n’est encore indexé. Commencez par un de vos sites :',
  orInAdministration: 'ou lancez une collecte depuis l’administration :',
  resultsFor: (query) => `Résultats pour ${query}`,
  results: (count, number, isExact) =>
    `${isExact ? '' : 'Environ '}${count} ${isOne(number) ? 'résultat' : 'résultats'}`,
  range: (first, last, results) => `${first}–${last} sur ${results.replace(/^Environ/, 'environ')}`,
  inTime: (time) => `en ${time}`,
  partsMissing: (missing, asked) =>
    `${missing} parties de l’index sur ${asked} n’ont pas répondu ; leurs résultats manquent.`,
  cutShort: 'La recherche a pris trop de temps et a été interrompue ; des résultats peuvent manquer.',
  published: 'Publié',
  fetched: 'Récupéré',
  goToSection: 'Aller à la section',
  section: (name) => `Section ${name}`,
  storedCopy: 'Copie conservée',
  typeSomething: 'Saisissez ce que vous cherchez.',
  noMoreResults: 'Il n’y a pas d’autres résultats.',
  noPageMatches: (query) => `Aucune page ne correspond à « ${query} »`,
  wordNotFound: (word) => `Aucune page ne contient « ${word} ». Est-ce bien l’orthographe voulue ?`,
  tryFewerWords: 'Essayez avec moins de mots, ou des mots plus généraux.',
  quotationMarks: 'Les guillemets demandent l’expression exacte : sans eux, les mots peuvent être séparés.',
  collectionHolds: (count, number) =>
    `Cette collection contient ${count} ${isOne(number) ? 'page' : 'pages'} ; ce que vous cherchez n’y est peut-être pas encore.`,
  pagesOfResults: 'Pages de résultats',
  page: (number) => `Page ${number}`,
  previous: 'Précédent',
  next: 'Suivant',
  asRss: 'Ces résultats en RSS',
  copyOf: (address) => `Copie de ${address}`,
  storedOn: (date) => `telle qu’elle était le ${date}`,
  mayHaveChanged: 'La page a pu changer depuis.',
  withoutStyles: 'Elle est montrée sans les styles et les images d’autres fichiers.',
  livePage: 'Page actuelle',
  textOnly: 'Texte seul',
  storedPage: 'Page conservée',
};

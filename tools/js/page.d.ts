// What Sphinx' language_data.js declares in the search page.
declare class Stemmer {
  stemWord(word: string): string;
}
declare const stopwords: string[];

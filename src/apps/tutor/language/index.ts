// Help with language: errors with their corrections, simpler texts, words in context. Rules and lists.
export { type CorrectedText, type Correction, correctLanguage } from "./correct.ts";
export { type ReadingLevel, readingLevels, type SimplifiedText, simplifyText } from "./simplify.ts";
export { type VocabularyWord, vocabularyOf } from "./vocabulary.ts";

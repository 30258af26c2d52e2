// Translation: documents with their layout, glossaries, a memory, checks a sentence; over any translator. No models of its own.
export { checkTranslation, confidenceOf, problemNames, type TranslationProblem } from "./checks.ts";
export { type TranslateDocumentOptions, type TranslatedDocument, translateDocument, translationLabel } from "./document.ts";
export { Glossary, type GlossaryTerm } from "./glossary.ts";
export { modelTranslator } from "./language-model.ts";
export { markdownStretches, plainStretches, refilled, type Stretch } from "./layout.ts";
export { type RememberedTranslation, TranslationMemory } from "./memory.ts";
export { type TranslatedSentence, type TranslateOptions, translateSentences } from "./sentences.ts";

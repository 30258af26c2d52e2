// text: cleaning, words and sentences, text <-> token ids, chats as token ids. Knows no model.
export { templateLimits } from "./chat/budget.ts";
export { chatTemplateOfFolder } from "./chat/folder.ts";
export { chatTemplateNames, chatTemplateOf, type NamedChatTemplate } from "./chat/named.ts";
export { ChatTemplate, type RenderOptions, type TemplateMessage } from "./chat/template.ts";
export { chatTokens } from "./chat/tokens.ts";
export { controls, fullWidth, halfWidth, type WidthOptions, zeroWidth } from "./clean/characters.ts";
export { simplified, type TraditionalVariant, traditional } from "./clean/chinese-variant.ts";
export { duplicates } from "./clean/duplicates.ts";
export { html, htmlToText } from "./clean/html.ts";
export { type DetectedLanguage, type LanguageDetector, type LanguageOptions, language, openLanguageDetector } from "./clean/language.ts";
export { type ShingleOptions, shingles } from "./clean/minhash.ts";
export { type NamedStep, namedStep, namedSteps } from "./clean/named-steps.ts";
export { type NearDuplicate, NearDuplicateIndex, type NearDuplicateOptions, nearDuplicates } from "./clean/near-duplicates.ts";
export { type NormalForm, normalForm, normalized } from "./clean/normal-form.ts";
export {
  type CleanExample,
  Cleaning,
  type CleanOptions,
  type CleanReport,
  clean,
  cleanText,
  cleanTexts,
  type StepReport,
} from "./clean/pipeline.ts";
export { lowerCase, nonEmpty, quotes, type RepeatOptions, repeats, whitespace } from "./clean/spacing.ts";
export type { Cleaned, Cleaner, CleanStep } from "./clean/step.ts";
export { emails, emoji, type HashtagOptions, hashtags, mentions, type Replacement, urls } from "./clean/web.ts";
export type { ChineseTagger } from "./nlp/chinese.ts";
export { type Collocation, type CollocationOptions, collocations, type PairCounts, type PairMeasure, pairMeasures } from "./nlp/collocations.ts";
export { type ConcordanceLine, type ConcordanceOptions, concordance } from "./nlp/concordance.ts";
export { Doc, type Entity, type PartOfSpeech, type Token } from "./nlp/doc.ts";
export { FreqDist } from "./nlp/frequencies.ts";
export { loadNlp, type Nlp, type NlpOptions } from "./nlp/load.ts";
export { type NgramOptions, ngrams } from "./nlp/ngrams.ts";
export { porterStem } from "./nlp/porter.ts";
export { snowballStem } from "./nlp/snowball.ts";
export { type StopwordLanguage, stopwords } from "./nlp/stopwords.ts";
export { type ChineseOptions, ChineseSegmenter, type TaggedSpan } from "./segment/chinese.ts";
export { isChinese, type Script, scriptCounts } from "./segment/script.ts";
export { type SentenceOptions, sentenceSpans, sentTokenize } from "./segment/sentences.ts";
export type { Span } from "./segment/spans.ts";
export { treebankSpans, treebankTokens } from "./segment/treebank.ts";
export { parseUserDictionary, type UserWord } from "./segment/user-dictionary.ts";
export { type WordOptions, wordSpans, wordTokenize } from "./segment/words.ts";
export { tokenizerFromBertVocabulary, tokenizerFromMerges, tokenizerFromTiktoken } from "./tokenizers/from-files.ts";
export { chatTemplateFromGguf, tokenizerFromGguf } from "./tokenizers/from-gguf.ts";
export { tokenizerFromJson } from "./tokenizers/json/index.ts";
export { type TokenizerFit, tokenizerFit } from "./tokenizers/learn/compare.ts";
export { type TokenizerKind, type TrainTokenizerOptions, tokenizerKinds, trainedPatterns } from "./tokenizers/learn/options.ts";
export { type TrainedTokenizer, trainTokenizer } from "./tokenizers/learn/train.ts";
export { loadTokenizer } from "./tokenizers/load.ts";
export type { DeclaredIds } from "./tokenizers/piece-tokenizer.ts";
export { tokenizerFromSentencePiece } from "./tokenizers/sentencepiece.ts";
export { ggufTokenizer } from "./tokenizers/to-gguf.ts";
export type { DecodeOptions, EncodeAllOptions, EncodeOptions, ModelInput, StreamDecoder, Tokenizer } from "./tokenizers/tokenizer.ts";
export { type SavedWordTokenizer, WordTokenizer, type WordTokenizerOptions } from "./tokenizers/word-tokenizer.ts";
export * from "./vectorisers/index.ts";

// generate: language models to everything above. The engine behind them speaks only in messages.

export type { BecauseMethod, Classification, Classifier, ClassifyOptions, DecidingWord } from "./classifier.ts";
export { type Grammar, grammarOf, withValue } from "./constrain/format.ts";
export { schemaLimits } from "./constrain/schema.ts";
export { cosine, EmbeddingModel, type EmbedOptions, type EncoderOptions } from "./encoders/embedding-model.ts";
export { type EncoderWishes, encoderFiles, isEncoder } from "./encoders/files.ts";
export { HeadedEncoder, type HeadOptions } from "./encoders/headed-encoder.ts";
export type { AnswerSpan, AttributedWord, AttributionMethod, EncoderFiles, EncoderInformation, FilledWord, ScoredWord } from "./encoders/protocol.ts";
export { type PassageWindow, passageWindows } from "./encoders/reading.ts";
export { type RankedPassage, type RankOptions, Reranker } from "./encoders/reranker.ts";
export { idsOfWords, type PlacedWord, placedWords } from "./encoders/words.ts";
export { EngineHost, type Watch } from "./engine/host.ts";
export { processTransport } from "./engine/process-transport.ts";
export type {
  Answers,
  AnyAnswer,
  Call,
  CallMessage,
  CallOf,
  FromEngine,
  PlainError,
  PlainLoadOptions,
  SignalMessage,
  ToEngine,
} from "./engine/protocol.ts";
export { type Transport, threadTransport } from "./engine/transport.ts";
export { LanguageModel } from "./language-model.ts";
export { type CheckedOptions, checkOptions, checkPrompt } from "./options.ts";
export { adjust, isAdjusted } from "./sampling/adjust.ts";
export { allOf, allowedOf, argmax, type Candidates, fewOf, forbid, fromLikeliest, isAllowed, penalize } from "./sampling/candidates.ts";
export { type Cuts, choose } from "./sampling/choose.ts";
export { type IdLogprob, logprobsOf } from "./sampling/logprobs.ts";
export { pick, type Scores, wantOf } from "./sampling/pick.ts";
export { type BeamOptions, beamSearch, type StepModel, type Written } from "./sequences/beam-search.ts";
export { type WriteSequencesOptions, writeSequences } from "./sequences/write-sequences.ts";
export type { ServedKind, ServedThings, SpeechTranscriber, TextEmbedder, TextModerator, TextReranker, TextTranslator } from "./served.ts";
export type { SpeechInformation, SpeechInput, SpeechSegment, Transcription } from "./speech/protocol.ts";
export { type SpeechOptions, SpeechRecognizer, type TranscribeOptions } from "./speech/recognizer.ts";
export { StopScanner } from "./stop-strings.ts";
export { CallReader } from "./tools/call-reader.ts";
export { checkTools, toolLimits } from "./tools/check.ts";
export { familyOf, shownChat, type ToolFamily } from "./tools/family.ts";
export { ToolReader } from "./tools/tool-reader.ts";
export { isTranslator, translators } from "./translation/files.ts";
export type { Translation, TranslatorInformation } from "./translation/protocol.ts";
export { type TranslateOptions, type TranslateSentencesOptions, Translator, type TranslatorOptions } from "./translation/translator.ts";
export type * from "./types.ts";
export type { UpstreamOptions } from "./upstream/http.ts";
export { UpstreamModel } from "./upstream/upstream-model.ts";
export { upstreamEmbedder, upstreamReranker } from "./upstream/upstream-vectors.ts";

// encoder-decoder: models that read one sequence and write another.

export { type Encoded, EncoderDecoder, type SequenceLossOptions } from "./encoder-decoder.ts";
export { type HubTextToText, loadHubTextToText } from "./hub/load.ts";
export { loadMarian } from "./marian/load.ts";
export { type RecurrentConfig, RecurrentEncoderDecoder } from "./recurrent.ts";
export { type RunningTransformer, runningTransformer, type WritingIds } from "./running-transformer.ts";
export { type TransformerConfig, TransformerEncoderDecoder } from "./transformer.ts";
export { MelSpectrogram, SAMPLE_RATE } from "./whisper/mel.ts";
export { Whisper } from "./whisper/whisper.ts";
export type { Past, WritingSizes } from "./writing/sizes.ts";
export type { Step, StepScores, StepWriter } from "./writing/step-writer.ts";
export type { TextToText, TextToTextParts } from "./writing/text-to-text.ts";

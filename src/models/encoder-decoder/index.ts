// encoder-decoder: models that read one sequence and write another.
export { type Encoded, EncoderDecoder, type SequenceLossOptions } from "./encoder-decoder.ts";
export { type RecurrentConfig, RecurrentEncoderDecoder } from "./recurrent.ts";
export { type TransformerConfig, TransformerEncoderDecoder } from "./transformer.ts";

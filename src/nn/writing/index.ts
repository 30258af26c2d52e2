// writing: what decoders that write on what an encoder has read are wired from.
export { SimpleRecurrent } from "./simple-recurrent.ts";
export { HistoryAttention, MemoryAttention, type StepAttentionParts } from "./step-attention.ts";
export { type PastLayer, StepBlock, type StepBlockParts, StepDecoder, type StepDecoderParts } from "./step-decoder.ts";
export type { LayerState, MemoryRows, ReadMemory, StepPass } from "./step-pass.ts";

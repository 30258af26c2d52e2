// The weights of trained models under the names of the hub, with their configuration. Knows no files.
import type { SafetensorsContent } from "../../formats/index.ts";
import type { Bert, Gpt, Llama, TransformerEncoderDecoder } from "../../models/index.ts";
import { Tensor } from "../../tensor/index.ts";

/** What stands in config.json, and the weights. */
export interface HubFiles {
  readonly config: Readonly<Record<string, unknown>>;
  readonly weights: readonly SafetensorsContent[];
}

const entry = (name: string, shape: readonly number[], values: Float32Array): SafetensorsContent => ({ name, type: "F32", shape, values });

// Values by the model's own names; those that it does not have are zeros.
function valuesOf(model: Gpt | Llama | Bert | TransformerEncoderDecoder): (name: string, size: number) => Float32Array {
  const own = model.stateDict();
  return (name, size) => {
    const found = own.get(name);
    return found instanceof Tensor ? Float32Array.from(found.dataSync()) : new Float32Array(size);
  };
}

function transposed(values: Float32Array, rows: number, columns: number): Float32Array {
  const found = new Float32Array(values.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) found[j * rows + i] = values[i * columns + j];
  return found;
}

/** GPT-2's names, whose matrices lie [in, out]. */
export function gptFiles(model: Gpt): HubFiles {
  const { vocabularySize, contextLength, layers, heads, width } = model.config;
  const { mlpWidth = 4 * width, epsilon = 1e-5, activation = "gelu_tanh", tiedHead = true } = model.config;
  const values = valuesOf(model);
  const turned = (name: string, outputs: number, inputs: number) => transposed(values(name, outputs * inputs), outputs, inputs);
  const norm = (name: string, from: string) => [
    entry(`${name}.weight`, [width], values(`${from}.weight`, width)),
    entry(`${name}.bias`, [width], values(`${from}.bias`, width)),
  ];
  const block = (i: number): SafetensorsContent[] => {
    const [to, from] = [`transformer.h.${i}`, `decoder.layers.${i}`];
    const three = ["query", "key", "value"].map((part) => `${from}.attention.${part}`);
    const joined = new Float32Array(width * 3 * width);
    for (const [part, name] of three.entries()) {
      const one = turned(`${name}.weight`, width, width);
      for (let row = 0; row < width; row++) joined.set(one.subarray(row * width, (row + 1) * width), row * 3 * width + part * width);
    }
    const biases = Float32Array.from(three.flatMap((name) => [...values(`${name}.bias`, width)]));
    return [
      ...norm(`${to}.ln_1`, `${from}.attentionNorm`),
      entry(`${to}.attn.c_attn.weight`, [width, 3 * width], joined),
      entry(`${to}.attn.c_attn.bias`, [3 * width], biases),
      entry(`${to}.attn.c_proj.weight`, [width, width], turned(`${from}.attention.output.weight`, width, width)),
      entry(`${to}.attn.c_proj.bias`, [width], values(`${from}.attention.output.bias`, width)),
      ...norm(`${to}.ln_2`, `${from}.mlpNorm`),
      entry(`${to}.mlp.c_fc.weight`, [width, mlpWidth], turned(`${from}.mlp.up.weight`, mlpWidth, width)),
      entry(`${to}.mlp.c_fc.bias`, [mlpWidth], values(`${from}.mlp.up.bias`, mlpWidth)),
      entry(`${to}.mlp.c_proj.weight`, [mlpWidth, width], turned(`${from}.mlp.down.weight`, width, mlpWidth)),
      entry(`${to}.mlp.c_proj.bias`, [width], values(`${from}.mlp.down.bias`, width)),
    ];
  };
  const weights = [
    entry("transformer.wte.weight", [vocabularySize, width], values("decoder.embedding.weight", vocabularySize * width)),
    entry("transformer.wpe.weight", [contextLength, width], values("decoder.positions.weight", contextLength * width)),
    ...Array.from({ length: layers }, (_, i) => block(i)).flat(),
    ...norm("transformer.ln_f", "decoder.norm"),
    ...(tiedHead ? [] : [entry("lm_head.weight", [vocabularySize, width], values("decoder.head", vocabularySize * width))]),
  ];
  const config = {
    ...{ architectures: ["GPT2LMHeadModel"], model_type: "gpt2", vocab_size: vocabularySize, n_positions: contextLength, n_ctx: contextLength },
    ...{ n_embd: width, n_layer: layers, n_head: heads, n_inner: mlpWidth, layer_norm_epsilon: epsilon },
    activation_function: activation === "gelu" ? "gelu" : "gelu_new",
    ...{ attn_pdrop: 0, embd_pdrop: 0, resid_pdrop: 0, tie_word_embeddings: tiedHead },
  };
  return { config, weights };
}

/** Llama's names; matrices lie [out, in] on both sides. */
export function llamaFiles(model: Llama): HubFiles {
  const { vocabularySize, contextLength, layers, heads, keyValueHeads, width, mlpWidth, epsilon, tiedHead, ropeBase } = model.config;
  const values = valuesOf(model);
  const kv = (width / heads) * keyValueHeads;
  const matrix = (to: string, from: string, outputs: number, inputs: number) => entry(to, [outputs, inputs], values(from, outputs * inputs));
  const vector = (to: string, from: string) => entry(to, [width], values(from, width));
  const block = (i: number): SafetensorsContent[] => {
    const [to, from] = [`model.layers.${i}`, `decoder.layers.${i}`];
    return [
      vector(`${to}.input_layernorm.weight`, `${from}.attentionNorm.weight`),
      matrix(`${to}.self_attn.q_proj.weight`, `${from}.attention.query.weight`, width, width),
      matrix(`${to}.self_attn.k_proj.weight`, `${from}.attention.key.weight`, kv, width),
      matrix(`${to}.self_attn.v_proj.weight`, `${from}.attention.value.weight`, kv, width),
      matrix(`${to}.self_attn.o_proj.weight`, `${from}.attention.output.weight`, width, width),
      vector(`${to}.post_attention_layernorm.weight`, `${from}.mlpNorm.weight`),
      matrix(`${to}.mlp.gate_proj.weight`, `${from}.mlp.gate.weight`, mlpWidth, width),
      matrix(`${to}.mlp.up_proj.weight`, `${from}.mlp.up.weight`, mlpWidth, width),
      matrix(`${to}.mlp.down_proj.weight`, `${from}.mlp.down.weight`, width, mlpWidth),
    ];
  };
  const weights = [
    matrix("model.embed_tokens.weight", "decoder.embedding.weight", vocabularySize, width),
    ...Array.from({ length: layers }, (_, i) => block(i)).flat(),
    vector("model.norm.weight", "decoder.norm.weight"),
    ...(tiedHead ? [] : [matrix("lm_head.weight", "decoder.head", vocabularySize, width)]),
  ];
  const config = {
    ...{ architectures: ["LlamaForCausalLM"], model_type: "llama", vocab_size: vocabularySize, hidden_size: width, intermediate_size: mlpWidth },
    ...{ num_hidden_layers: layers, num_attention_heads: heads, num_key_value_heads: keyValueHeads, head_dim: width / heads },
    ...{ max_position_embeddings: contextLength, rms_norm_eps: epsilon, rope_theta: ropeBase, hidden_act: "silu" },
    ...{ attention_bias: false, mlp_bias: false, tie_word_embeddings: tiedHead },
  };
  return { config, weights };
}

/** BERT's names with the head of masked words. */
export function bertFiles(model: Bert): HubFiles {
  const { vocabularySize, contextLength, layers, heads, width, mlpWidth, epsilon } = model.config;
  const values = valuesOf(model);
  const matrix = (to: string, from: string, outputs: number, inputs: number) => entry(to, [outputs, inputs], values(from, outputs * inputs));
  const linear = (to: string, from: string, outputs: number, inputs: number) => [
    matrix(`${to}.weight`, `${from}.weight`, outputs, inputs),
    entry(`${to}.bias`, [outputs], values(`${from}.bias`, outputs)),
  ];
  const norm = (to: string, from: string) => [
    entry(`${to}.weight`, [width], values(`${from}.weight`, width)),
    entry(`${to}.bias`, [width], values(`${from}.bias`, width)),
  ];
  const block = (i: number): SafetensorsContent[] => {
    const [to, from] = [`bert.encoder.layer.${i}`, `encoder.layers.${i}`];
    return [
      ...linear(`${to}.attention.self.query`, `${from}.attention.query`, width, width),
      ...linear(`${to}.attention.self.key`, `${from}.attention.key`, width, width),
      ...linear(`${to}.attention.self.value`, `${from}.attention.value`, width, width),
      ...linear(`${to}.attention.output.dense`, `${from}.attention.output`, width, width),
      ...norm(`${to}.attention.output.LayerNorm`, `${from}.attentionNorm`),
      ...linear(`${to}.intermediate.dense`, `${from}.mlp.up`, mlpWidth, width),
      ...linear(`${to}.output.dense`, `${from}.mlp.down`, width, mlpWidth),
      ...norm(`${to}.output.LayerNorm`, `${from}.mlpNorm`),
    ];
  };
  const weights = [
    matrix("bert.embeddings.word_embeddings.weight", "encoder.words", vocabularySize, width),
    matrix("bert.embeddings.position_embeddings.weight", "encoder.positions", contextLength, width),
    matrix("bert.embeddings.token_type_embeddings.weight", "encoder.types", 2, width),
    ...norm("bert.embeddings.LayerNorm", "encoder.norm"),
    ...Array.from({ length: layers }, (_, i) => block(i)).flat(),
    ...linear("cls.predictions.transform.dense", "transform", width, width),
    ...norm("cls.predictions.transform.LayerNorm", "transformNorm"),
    entry("cls.predictions.bias", [vocabularySize], values("wordBias", vocabularySize)),
  ];
  const config = {
    ...{ architectures: ["BertForMaskedLM"], model_type: "bert", vocab_size: vocabularySize, hidden_size: width, intermediate_size: mlpWidth },
    ...{ num_hidden_layers: layers, num_attention_heads: heads, max_position_embeddings: contextLength, type_vocab_size: 2 },
    ...{ layer_norm_eps: epsilon, hidden_act: "gelu", hidden_dropout_prob: 0, attention_probs_dropout_prob: 0 },
  };
  return { config, weights };
}

/** Ids with a meaning, and the beams of its answers. */
export interface MarianIds {
  readonly padding: number;
  readonly begin: number;
  readonly end: number;
  readonly beams: number;
}

/** Marian's names, as opus-mt has them; matrices lie [out, in] on both sides. */
export function marianFiles(model: TransformerEncoderDecoder, { padding, begin, end, beams }: MarianIds): HubFiles {
  const { width, heads, layers, mlpWidth = 4 * width, contextLength = 256 } = model.config;
  const [vocabulary] = model.vocabularies;
  const values = valuesOf(model);
  const linear = (to: string, from: string, outputs: number, inputs: number) => [
    entry(`${to}.weight`, [outputs, inputs], values(`${from}.weight`, outputs * inputs)),
    entry(`${to}.bias`, [outputs], values(`${from}.bias`, outputs)),
  ];
  const norm = (to: string, from: string) => [
    entry(`${to}.weight`, [width], values(`${from}.weight`, width)),
    entry(`${to}.bias`, [width], values(`${from}.bias`, width)),
  ];
  const attention = (to: string, from: string) =>
    Object.entries({ q_proj: "query", k_proj: "key", v_proj: "value", out_proj: "output" }).flatMap(([theirs, ours]) =>
      linear(`${to}.${theirs}`, `${from}.${ours}`, width, width),
    );
  const rest = (to: string, from: string) => [
    ...attention(`${to}.self_attn`, `${from}.attention`),
    ...norm(`${to}.self_attn_layer_norm`, `${from}.attentionNorm`),
    ...linear(`${to}.fc1`, `${from}.mlp.up`, mlpWidth, width),
    ...linear(`${to}.fc2`, `${from}.mlp.down`, width, mlpWidth),
    ...norm(`${to}.final_layer_norm`, `${from}.mlpNorm`),
  ];
  const blocks = Array.from({ length: layers }, (_, i) => {
    const [to, from] = [`model.decoder.layers.${i}`, `decoder.${i}`];
    return [
      ...rest(`model.encoder.layers.${i}`, `encoder.${i}`),
      ...rest(to, from),
      ...attention(`${to}.encoder_attn`, `${from}.cross`),
      ...norm(`${to}.encoder_attn_layer_norm`, `${from}.crossNorm`),
    ];
  }).flat();
  const weights = [
    entry("model.shared.weight", [vocabulary, width], values("sourceEmbedding.weight", vocabulary * width)),
    ...blocks,
    entry("final_logits_bias", [1, vocabulary], values("output.bias", vocabulary)),
  ];
  const config = {
    ...{ architectures: ["MarianMTModel"], model_type: "marian", is_encoder_decoder: true, vocab_size: vocabulary, decoder_vocab_size: vocabulary },
    ...{ d_model: width, encoder_layers: layers, decoder_layers: layers, encoder_attention_heads: heads, decoder_attention_heads: heads },
    ...{ encoder_ffn_dim: mlpWidth, decoder_ffn_dim: mlpWidth, max_position_embeddings: contextLength, activation_function: "gelu" },
    ...{ scale_embedding: true, static_position_embeddings: true, normalize_before: false, normalize_embedding: false, add_final_layer_norm: false },
    ...{
      share_encoder_decoder_embeddings: true,
      tie_word_embeddings: true,
      dropout: 0,
      attention_dropout: 0,
      activation_dropout: 0,
      num_beams: beams,
    },
    ...{ pad_token_id: padding, bos_token_id: begin, decoder_start_token_id: begin, eos_token_id: end, bad_words_ids: [[padding], [begin]] },
  };
  return { config, weights };
}

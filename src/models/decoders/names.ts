// Names that decoders share: GGUF's, which are the same for all, and those of llama's kin on the hub. Own names are those of the modules.
import type { NameTable } from "../weights/names.ts";

/** Of GGUF files. */
export const ggufNames: NameTable = {
  embedding: "token_embd",
  positions: "position_embd",
  norm: "output_norm",
  head: "output",
  "rope.factors": "rope_freqs",
  "rope.long": "rope_factors_long",
  "rope.short": "rope_factors_short",
  "layers.{i}.attentionNorm": "blk.{i}.attn_norm",
  "layers.{i}.attention.query": "blk.{i}.attn_q",
  "layers.{i}.attention.key": "blk.{i}.attn_k",
  "layers.{i}.attention.value": "blk.{i}.attn_v",
  "layers.{i}.attention.all": "blk.{i}.attn_qkv",
  "layers.{i}.attention.output": "blk.{i}.attn_output",
  "layers.{i}.attention.queryNorm": "blk.{i}.attn_q_norm",
  "layers.{i}.attention.keyNorm": "blk.{i}.attn_k_norm",
  "layers.{i}.attentionAfter": "blk.{i}.post_attention_norm",
  "layers.{i}.mlpNorm": "blk.{i}.ffn_norm",
  "layers.{i}.mlp.gate": "blk.{i}.ffn_gate",
  "layers.{i}.mlp.up": "blk.{i}.ffn_up",
  "layers.{i}.mlp.both": "blk.{i}.ffn_up",
  "layers.{i}.mlp.down": "blk.{i}.ffn_down",
  "layers.{i}.mlpAfter": "blk.{i}.post_ffw_norm",
};

/** Of llama and most that came after it, on the hub. */
export const hubNames: NameTable = {
  embedding: "model.embed_tokens",
  norm: "model.norm",
  head: "lm_head",
  "layers.{i}.attentionNorm": "model.layers.{i}.input_layernorm",
  "layers.{i}.attention.query": "model.layers.{i}.self_attn.q_proj",
  "layers.{i}.attention.key": "model.layers.{i}.self_attn.k_proj",
  "layers.{i}.attention.value": "model.layers.{i}.self_attn.v_proj",
  "layers.{i}.attention.all": "model.layers.{i}.self_attn.qkv_proj",
  "layers.{i}.attention.output": "model.layers.{i}.self_attn.o_proj",
  "layers.{i}.attention.queryNorm": "model.layers.{i}.self_attn.q_norm",
  "layers.{i}.attention.keyNorm": "model.layers.{i}.self_attn.k_norm",
  "layers.{i}.mlpNorm": "model.layers.{i}.post_attention_layernorm",
  "layers.{i}.mlp.gate": "model.layers.{i}.mlp.gate_proj",
  "layers.{i}.mlp.up": "model.layers.{i}.mlp.up_proj",
  "layers.{i}.mlp.both": "model.layers.{i}.mlp.gate_up_proj",
  "layers.{i}.mlp.down": "model.layers.{i}.mlp.down_proj",
};

/** Gemma's on the hub: a norm before and after both parts. */
export const gemmaNames: NameTable = {
  ...hubNames,
  "layers.{i}.attentionAfter": "model.layers.{i}.post_attention_layernorm",
  "layers.{i}.mlpNorm": "model.layers.{i}.pre_feedforward_layernorm",
  "layers.{i}.mlpAfter": "model.layers.{i}.post_feedforward_layernorm",
};

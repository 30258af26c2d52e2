// GPT-NeoX and Pythia: layer norms, attention and MLP side by side, a part of each head turned.
import type { DecoderArchitecture } from "../architecture.ts";
import { ggufNames } from "./names.ts";
import { readSizes } from "./sizes.ts";
import { readTurning } from "./turning.ts";
import { wired } from "./wire.ts";

/** GPT-NeoX, Pythia. Black et al. 2022, arXiv:2204.06745; Biderman et al. 2023, arXiv:2304.01373. */
export const gptNeox: DecoderArchitecture = {
  kind: "decoder",
  names: { gguf: ["gptneox"], hub: ["gpt_neox"] },
  weights: {
    gguf: ggufNames,
    hub: {
      embedding: "gpt_neox.embed_in",
      norm: "gpt_neox.final_layer_norm",
      head: "embed_out",
      "layers.{i}.attentionNorm": "gpt_neox.layers.{i}.input_layernorm",
      "layers.{i}.attention.all": "gpt_neox.layers.{i}.attention.query_key_value",
      "layers.{i}.attention.output": "gpt_neox.layers.{i}.attention.dense",
      "layers.{i}.mlpNorm": "gpt_neox.layers.{i}.post_attention_layernorm",
      "layers.{i}.mlp.up": "gpt_neox.layers.{i}.mlp.dense_h_to_4h",
      "layers.{i}.mlp.down": "gpt_neox.layers.{i}.mlp.dense_4h_to_h",
    },
  },
  ignored: ["bias", "masked_bias", "rotary_emb.inv_freq"].map((name) => `gpt_neox.layers.{i}.attention.${name}`),
  plan(settings) {
    const sizes = readSizes(settings, { norm: "layer" });
    const activation = settings.text({ hub: ["hidden_act"] }, ["gelu", "gelu_new", "gelu_fast", "gelu_pytorch_tanh"], "gelu");
    settings.flag({ hub: ["attention_bias"] }, true);
    return wired({
      sizes,
      norm: { kind: "layer" },
      mlp: activation === "gelu" ? "gelu" : "gelu-tanh",
      parallel: settings.flag({ gguf: "use_parallel_residual", hub: ["use_parallel_residual"] }, true),
      // On the hub head by head; GGUF files have them sorted.
      fusedAttention: settings.container === "hub" ? "heads" : "parts",
      turning: (_, positions) => readTurning(settings, { ...sizes, positions }),
    });
  },
};

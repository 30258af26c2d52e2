// GPT-2: layer norms, learned positions, plain attention, GELU; on the hub its matrices lie the other way round.
import type { DecoderArchitecture } from "../architecture.ts";
import { ggufNames } from "./names.ts";
import { readSizes } from "./sizes.ts";
import { wired } from "./wire.ts";

/** GPT-2. Radford et al. 2019, "Language Models are Unsupervised Multitask Learners". */
export const gpt2: DecoderArchitecture = {
  kind: "decoder",
  names: { gguf: ["gpt2"], hub: ["gpt2"] },
  weights: {
    gguf: ggufNames,
    hub: {
      embedding: "transformer.wte",
      positions: "transformer.wpe",
      norm: "transformer.ln_f",
      head: "lm_head",
      "layers.{i}.attentionNorm": "transformer.h.{i}.ln_1",
      "layers.{i}.attention.all": "transformer.h.{i}.attn.c_attn",
      "layers.{i}.attention.output": "transformer.h.{i}.attn.c_proj",
      "layers.{i}.mlpNorm": "transformer.h.{i}.ln_2",
      "layers.{i}.mlp.up": "transformer.h.{i}.mlp.c_fc",
      "layers.{i}.mlp.down": "transformer.h.{i}.mlp.c_proj",
    },
  },
  ignored: ["transformer.h.{i}.attn.bias", "transformer.h.{i}.attn.masked_bias"],
  plan(settings) {
    const sizes = { ...readSizes(settings, { norm: "layer", tied: true, mlpTimes: 4 }), tied: undefined };
    const activation = settings.text({ hub: ["activation_function"] }, ["gelu_new", "gelu_pytorch_tanh", "gelu"], "gelu_new");
    const scaled = settings.flag({ hub: ["scale_attn_weights"] }, true);
    return wired({
      sizes,
      norm: { kind: "layer" },
      mlp: activation === "gelu" ? "gelu" : "gelu-tanh",
      learnedPositions: true,
      fusedAttention: "parts",
      transposed: settings.container === "hub",
      scale: scaled ? undefined : 1,
    });
  },
};

// Llama family: pre-norm decoder, RMS norm, rotary positions, grouped-query attention, SwiGLU. Declared choices over shared layers.
import type { DecoderArchitecture } from "../architecture.ts";
import { ggufNames, hubNames } from "./names.ts";
import { readSizes, readWindow } from "./sizes.ts";
import { readTurning } from "./turning.ts";
import { wired } from "./wire.ts";

/**
 * Llama 1 to 3, Mistral, SmolLM2. The head is tied to the embedding where the file has none of its own.
 * Sources: Touvron et al. 2023, arXiv:2302.13971; Jiang et al. 2023, arXiv:2310.06825.
 */
export const llama: DecoderArchitecture = {
  kind: "decoder",
  names: { gguf: ["llama"], hub: ["llama", "mistral"] },
  weights: { gguf: ggufNames, hub: hubNames },
  ignored: ["model.layers.{i}.self_attn.rotary_emb.inv_freq"],
  plan(settings) {
    const sizes = readSizes(settings, { norm: "rms" });
    const window = readWindow(settings);
    settings.text({ hub: ["hidden_act"] }, ["silu"], "silu");
    settings.flag({ hub: ["attention_bias"] }, false);
    settings.flag({ hub: ["mlp_bias"] }, false);
    const interleaved = settings.flag({ hub: ["rope_interleaved"] }, false);
    return wired({
      sizes,
      norm: { kind: "rms" },
      mlp: "silu-gated",
      turning: (_, positions) => readTurning(settings, { ...sizes, positions }),
      // GGUF files of this family keep the rows of q and k so that neighbours make a pair.
      adjacent: settings.container === "gguf" || interleaved,
      window: () => window,
    });
  },
};

// Phi 3 and 3.5: llama with query, key and value in one matrix, gate and up in another, and factors for long contexts.
import type { DecoderArchitecture } from "../architecture.ts";
import { ggufNames, hubNames } from "./names.ts";
import { readSizes, readWindow } from "./sizes.ts";
import { readTurning } from "./turning.ts";
import { wired } from "./wire.ts";

/** Phi 3. Abdin et al. 2024, arXiv:2404.14219. */
export const phi3: DecoderArchitecture = {
  kind: "decoder",
  names: { gguf: ["phi3"], hub: ["phi3"] },
  weights: { gguf: ggufNames, hub: hubNames },
  plan(settings) {
    const sizes = readSizes(settings, { norm: "rms" });
    settings.text({ hub: ["hidden_act"] }, ["silu"], "silu");
    settings.flag({ hub: ["attention_bias"] }, false);
    const window = readWindow(settings);
    return wired({
      sizes,
      norm: { kind: "rms" },
      mlp: "silu-gated",
      fusedAttention: "parts",
      fusedMlp: true,
      turning: (_, positions) => readTurning(settings, { ...sizes, positions }),
      window: () => window,
    });
  },
};

// Qwen 2 and 3: llama with biases on query, key and value, or with a norm for each head's query and key.
import type { DecoderArchitecture } from "../architecture.ts";
import { ggufNames, hubNames } from "./names.ts";
import { readSizes, readWindow, windowedLayers } from "./sizes.ts";
import { readTurning } from "./turning.ts";
import { wired } from "./wire.ts";

function qwen(name: string, headNorms: boolean): DecoderArchitecture {
  return {
    kind: "decoder",
    names: { gguf: [name], hub: [name] },
    weights: { gguf: ggufNames, hub: hubNames },
    plan(settings) {
      const sizes = readSizes(settings, { norm: "rms" });
      settings.text({ hub: ["hidden_act"] }, ["silu"], "silu");
      settings.flag({ hub: ["attention_bias"] }, false);
      const window = readWindow(settings);
      const within = windowedLayers(settings, sizes.layers, 1);
      const windows = settings.flag({ hub: ["use_sliding_window"] }, false);
      return wired({
        sizes,
        norm: { kind: "rms" },
        mlp: "silu-gated",
        headNorms,
        turning: (_, positions) => readTurning(settings, { ...sizes, positions }),
        window: (layer) => (windows && within(layer) ? window : undefined),
      });
    },
  };
}

/** Qwen 2 and 2.5. Yang et al. 2024, arXiv:2407.10671. */
export const qwen2: DecoderArchitecture = qwen("qwen2", false);

/** Qwen 3. Yang et al. 2025, arXiv:2505.09388. */
export const qwen3: DecoderArchitecture = qwen("qwen3", true);

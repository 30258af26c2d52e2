// SmolLM3: llama without positions in every fourth layer.
import type { DecoderArchitecture } from "../architecture.ts";
import { ggufNames, hubNames } from "./names.ts";
import { readSizes, readWindow, windowedLayers } from "./sizes.ts";
import { readTurning } from "./turning.ts";
import { wired } from "./wire.ts";

/** SmolLM3. Bakouch et al. 2025, huggingface.co/blog/smollm3; layers without positions: Yang et al. 2025, arXiv:2501.18795. */
export const smollm3: DecoderArchitecture = {
  kind: "decoder",
  names: { gguf: ["smollm3"], hub: ["smollm3"] },
  weights: { gguf: ggufNames, hub: hubNames },
  plan(settings) {
    const sizes = readSizes(settings, { norm: "rms", tied: true });
    settings.text({ hub: ["hidden_act"] }, ["silu"], "silu");
    settings.flag({ hub: ["attention_bias"] }, false);
    settings.flag({ hub: ["mlp_bias"] }, false);
    const field = { hub: ["no_rope_layers"] };
    const turned = settings.list(field);
    settings.require(turned === undefined || turned.length === sizes.layers, field, turned?.length, {
      en: `${sizes.layers} entries`,
      zh: `${sizes.layers} 项`,
    });
    const every = settings.number({ hub: ["no_rope_layer_interval"] }, { low: 1, high: 1024, fallback: 4 });
    const turns = (layer: number) => (turned === undefined ? (layer + 1) % every !== 0 : turned[layer] === 1);
    const window = readWindow(settings);
    const within = windowedLayers(settings, sizes.layers, 1);
    const windows = settings.flag({ hub: ["use_sliding_window"] }, false);
    return wired({
      sizes,
      norm: { kind: "rms" },
      mlp: "silu-gated",
      turning: (layer, positions) => (turns(layer) ? readTurning(settings, { ...sizes, base: 2_000_000, positions }) : undefined),
      // Its GGUF files keep q and k as those of llama do.
      adjacent: settings.container === "gguf",
      window: (layer) => (windows && within(layer) ? window : undefined),
    });
  },
};

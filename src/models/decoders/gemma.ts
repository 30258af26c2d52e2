// Gemma 2 and 3 (text): norms before and after each part, GEGLU, scaled embeddings, windows in most layers; caps on scores and logits, or norms of heads.
import type { DecoderArchitecture } from "../architecture.ts";
import type { Settings } from "../settings.ts";
import { gemmaNames, ggufNames } from "./names.ts";
import { readSizes, readWindow, windowedLayers } from "./sizes.ts";
import { readTurning } from "./turning.ts";
import { type Choices, wired } from "./wire.ts";

const ACTIVATION = { hub: ["hidden_activation"] };

function common(settings: Settings): Omit<Choices, "turning" | "window"> {
  const sizes = readSizes(settings, { norm: "rms", tied: true });
  settings.text(ACTIVATION, ["gelu_pytorch_tanh"], "gelu_pytorch_tanh");
  settings.text({ hub: ["hidden_act"] }, ["gelu_pytorch_tanh"], "gelu_pytorch_tanh");
  settings.flag({ hub: ["attention_bias"] }, false);
  settings.flag({ hub: ["use_bidirectional_attention"] }, false);
  const scalar = settings.number({ hub: ["query_pre_attn_scalar"] }, { low: 1, high: 65_536, whole: false, fallback: sizes.headWidth });
  return {
    sizes,
    // On the hub weights of norms are kept without their 1.
    norm: { kind: "rms", plus: settings.container === "hub" ? 1 : 0 },
    mlp: "gelu-gated",
    normsAfter: true,
    scale: scalar ** -0.5,
    embeddingScale: Math.sqrt(sizes.width),
  };
}

function cap(settings: Settings, gguf: string, hub: string): number | undefined {
  const field = { gguf, hub: [hub] };
  return settings.has(field) ? settings.number(field, { low: 1e-3, high: 1e6, whole: false }) : undefined;
}

/** Gemma 2. Gemma Team 2024, arXiv:2408.00118. */
export const gemma2: DecoderArchitecture = {
  kind: "decoder",
  names: { gguf: ["gemma2"], hub: ["gemma2"] },
  weights: { gguf: ggufNames, hub: gemmaNames },
  plan(settings) {
    const choices = common(settings);
    const window = readWindow(settings);
    const within = windowedLayers(settings, choices.sizes.layers, 2);
    return wired({
      ...choices,
      scoreCap: cap(settings, "attn_logit_softcapping", "attn_logit_softcapping"),
      logitCap: cap(settings, "final_logit_softcapping", "final_logit_softcapping"),
      turning: (_, positions) => readTurning(settings, { ...choices.sizes, positions }),
      window: (layer) => (within(layer) ? window : undefined),
    });
  },
};

/** Gemma 3, text. Gemma Team 2025, arXiv:2503.19786. Layers with windows turn by a base of their own. */
export const gemma3: DecoderArchitecture = {
  kind: "decoder",
  names: { gguf: ["gemma3"], hub: ["gemma3_text"] },
  weights: { gguf: ggufNames, hub: gemmaNames },
  plan(settings) {
    const choices = common(settings);
    const { sizes } = choices;
    const window = readWindow(settings);
    const every = settings.number({ hub: ["sliding_window_pattern", "_sliding_window_pattern"] }, { low: 1, high: 1024, fallback: 6 });
    const within = windowedLayers(settings, sizes.layers, every);
    const near = { gguf: "rope.freq_base_swa", hub: ["rope_local_base_freq", "rope_parameters.sliding_attention.rope_theta"] };
    settings.text({ hub: ["rope_parameters.sliding_attention.rope_type"] }, ["default"], "default");
    const base = settings.number(near, { low: 1, high: 1e12, whole: false, fallback: 10_000 });
    const width = sizes.headWidth;
    const frequencies = Float64Array.from({ length: width / 2 }, (_, i) => base ** ((-2 * i) / width));
    return wired({
      ...choices,
      headNorms: true,
      scoreCap: cap(settings, "attn_logit_softcapping", "attn_logit_softcapping"),
      logitCap: cap(settings, "final_logit_softcapping", "final_logit_softcapping"),
      turning: (layer, positions) =>
        within(layer)
          ? { width, base, frequencies, magnitude: 1 }
          : readTurning(settings, { ...sizes, base: 1_000_000, group: settings.has(ownTurning) ? "full_attention" : undefined, positions }),
      window: (layer) => (within(layer) ? window : undefined),
    });
  },
};

const ownTurning = { hub: ["rope_parameters.full_attention.rope_theta"] };

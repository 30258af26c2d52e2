// How a decoder's positions turn: the base, how much of a head, and every way of scaling that configurations name. Knows no tables.
import type { Field, Settings } from "../settings.ts";

/** Angles of one position, and by how much queries and keys grow. */
export interface Turning {
  /** How much of a head is turned. */
  readonly width: number;
  readonly base: number;
  readonly frequencies: Float64Array;
  readonly magnitude: number;
  /** Positions that it was trained for, where beyond them others hold. */
  readonly original?: number;
}

// On the hub first as it is kept now (for each kind of layer, where there are several), then as it was.
function fieldsOf(group: string) {
  const scaling = (name: string, gguf?: string, before: readonly string[] = []): Field => ({
    gguf,
    hub: [`rope_parameters.${group}${name}`, ...before, `rope_scaling.${name}`],
  });
  return {
    base: scaling("rope_theta", "rope.freq_base", ["rope_theta", "rotary_emb_base"]),
    turned: { gguf: "rope.dimension_count" },
    partial: scaling("partial_rotary_factor", undefined, ["partial_rotary_factor", "rotary_pct"]),
    kind: scaling("rope_type", "rope.scaling.type", ["rope_scaling.type", "rope_parameters.type"]),
    factor: scaling("factor", "rope.scaling.factor"),
    original: scaling("original_max_position_embeddings", "rope.scaling.original_context_length", ["original_max_position_embeddings"]),
    low: scaling("low_freq_factor"),
    high: scaling("high_freq_factor"),
    attention: scaling("attention_factor", "rope.scaling.attn_factor"),
    fast: scaling("beta_fast", "rope.scaling.yarn_beta_fast"),
    slow: scaling("beta_slow", "rope.scaling.yarn_beta_slow"),
    truncate: scaling("truncate"),
    mscale: scaling("mscale"),
    mscaleAll: scaling("mscale_all_dim"),
    long: scaling("long_factor"),
    short: scaling("short_factor"),
  } satisfies Record<string, Field>;
}

type Fields = ReturnType<typeof fieldsOf>;

const kinds = ["default", "none", "linear", "dynamic", "yarn", "llama3", "longrope", "su"] as const;

/** What a file of tensors may add: llama 3's factors of each pair in GGUF. */
export interface TurningOptions {
  readonly headWidth: number;
  readonly contextLength: number;
  /** The base where nothing is said. */
  readonly base?: number;
  /** Which kind of layer's, where a configuration has several: "full_attention". */
  readonly group?: string;
  /** Positions that will be used: `longrope` has other factors beyond the length it was trained for. */
  readonly positions: number;
}

const positive = (low = 1e-6, high = 1e12) => ({ low, high, whole: false });

/** Reads how positions turn. Errors: `E_MODEL_CONFIG`. */
export function readTurning(settings: Settings, { headWidth, contextLength, base: usual = 10_000, group, positions }: TurningOptions): Turning {
  const fields = fieldsOf(group === undefined ? "" : `${group}.`);
  const base = settings.number(fields.base, { ...positive(1), fallback: usual });
  const share = settings.number(fields.partial, { low: 0.01, high: 1, whole: false, fallback: 1 });
  const width = settings.number(fields.turned, { low: 2, high: headWidth, fallback: 2 * Math.floor((headWidth * share) / 2) });
  settings.require(width % 2 === 0, fields.turned, width, { en: "an even number", zh: "偶数" });
  const kind = settings.text(fields.kind, kinds, "default");
  const plain = Float64Array.from({ length: width / 2 }, (_, i) => base ** ((-2 * i) / width));
  const turning = { width, base, frequencies: plain, magnitude: 1 };
  const original = () => settings.number(fields.original, { low: 1, high: 2 ** 24, fallback: contextLength });
  const factor = () => settings.number(fields.factor, positive());
  if (kind === "linear") return { ...turning, frequencies: plain.map((each) => each / factor()) };
  if (kind === "yarn") return yarn(settings, fields, turning, factor(), original());
  if (kind === "llama3") return { ...turning, frequencies: llama3(settings, fields, plain, factor(), original()) };
  if (kind === "longrope" || kind === "su") return longrope(settings, fields, turning, { positions, contextLength, original: original() });
  // Dynamic scaling begins beyond the context, where nothing goes.
  if (kind === "dynamic") factor();
  return { ...turning, magnitude: settings.number(fields.attention, { ...positive(), fallback: 1 }), original: original() };
}

// Meta's Llama 3.1: long waves are stretched by the factor, short ones stay, between them it is blended.
function llama3(settings: Settings, fields: Fields, plain: Float64Array, factor: number, original: number): Float64Array {
  const low = settings.number(fields.low, positive());
  const high = settings.number(fields.high, positive());
  return plain.map((each) => {
    const wave = (2 * Math.PI) / each;
    if (wave < original / high) return each;
    if (wave > original / low) return each / factor;
    const smooth = (original / wave - low) / (high - low);
    return ((1 - smooth) * each) / factor + smooth * each;
  });
}

// Peng et al. 2023, arXiv:2309.00071, as transformers has it.
function yarn(settings: Settings, fields: Fields, turning: Turning, factor: number, original: number): Turning {
  const { width, base, frequencies } = turning;
  const [fast, slow] = [settings.number(fields.fast, { ...positive(), fallback: 32 }), settings.number(fields.slow, { ...positive(), fallback: 1 })];
  const grown = (by: number) => (factor <= 1 ? 1 : 0.1 * by * Math.log(factor) + 1);
  const one = settings.number(fields.mscale, { ...positive(0), fallback: 0 });
  const all = settings.number(fields.mscaleAll, { ...positive(0), fallback: 0 });
  const magnitude = settings.number(fields.attention, { ...positive(), fallback: one && all ? grown(one) / grown(all) : grown(1) });
  const at = (turns: number) => (width * Math.log(original / (turns * 2 * Math.PI))) / (2 * Math.log(base));
  const whole = settings.flag(fields.truncate, true);
  const first = Math.max(whole ? Math.floor(at(fast)) : at(fast), 0);
  const last = Math.min(whole ? Math.ceil(at(slow)) : at(slow), width - 1);
  const span = last === first ? 0.001 : last - first;
  const blended = frequencies.map((each, i) => {
    const kept = 1 - Math.min(1, Math.max(0, (i - first) / span));
    return (each / factor) * (1 - kept) + each * kept;
  });
  return { ...turning, frequencies: blended, magnitude };
}

// Phi 3: factors of each pair, one list for short and one for long contexts.
function longrope(
  settings: Settings,
  fields: Fields,
  turning: Turning,
  { positions, contextLength, original }: { positions: number; contextLength: number; original: number },
): Turning {
  const lists = { short: settings.list(fields.short), long: settings.list(fields.long) };
  const factor = settings.number(fields.factor, { ...positive(), fallback: contextLength / original });
  const grown = factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(original));
  const magnitude = settings.number(fields.attention, { ...positive(), fallback: grown });
  // GGUF files keep the factors as tensors.
  if (settings.container === "gguf") return { ...turning, magnitude, original };
  const list = positions > original ? lists.long : lists.short;
  const pairs = turning.frequencies.length;
  settings.require(list?.length === pairs && list.every((each) => typeof each === "number" && each > 0), fields.short, list?.length, {
    en: `${pairs} numbers above 0`,
    zh: `${pairs} 个大于 0 的数`,
  });
  return { ...turning, frequencies: turning.frequencies.map((each, i) => each / (list?.[i] as number)), magnitude };
}

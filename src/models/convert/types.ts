// Types that a model can be written in, and which tensor gets which: llama.cpp's mixtures, which give more bits to what needs them. Knows no files.
// Source: llama.cpp, src/llama-quant.cpp (the rules without an importance matrix).
import { InkstoneError, nearest } from "../../core/index.ts";
import { type GgufType, ggufTypes } from "../../formats/index.ts";

const byName: ReadonlyMap<string, GgufType> = new Map([...ggufTypes.values()].map((type) => [type.name, type]));

/** A type of a GGUF file by its name. */
export const ggufType = (name: string): GgufType => byName.get(name) as GgufType;

/** How a model is written: the type of most matrices, its number in `general.file_type`. */
export interface Mixture {
  readonly name: MixtureName;
  readonly base: GgufType;
  readonly fileType: number;
}

/** Names of them, as llama.cpp has them. */
export type MixtureName = keyof typeof bases;

const bases = {
  f32: ["F32", 0],
  f16: ["F16", 1],
  bf16: ["BF16", 32],
  q8_0: ["Q8_0", 7],
  q4_0: ["Q4_0", 2],
  q4_1: ["Q4_1", 3],
  q5_0: ["Q5_0", 8],
  q5_1: ["Q5_1", 9],
  q4_k_s: ["Q4_K", 14],
  q4_k_m: ["Q4_K", 15],
  q5_k_s: ["Q5_K", 16],
  q5_k_m: ["Q5_K", 17],
  q6_k: ["Q6_K", 18],
} as const;

const aliases: Readonly<Record<string, MixtureName>> = { q4_k: "q4_k_m", q5_k: "q5_k_m" };

/** All names. */
export const mixtureNames: readonly MixtureName[] = Object.keys(bases) as MixtureName[];

/**
 * The mixture of a name, in any case; `q4_k` is `q4_k_m`. Errors: `E_OPTION` with the nearest name.
 *
 * @example
 * mixtureOf("Q4_K_M").base.name; // "Q4_K"
 */
export function mixtureOf(given: string): Mixture {
  const lower = given.toLowerCase();
  const name = aliases[lower] ?? (lower as MixtureName);
  if (!Object.hasOwn(bases, name)) {
    const close = nearest(lower, mixtureNames);
    const list = mixtureNames.join(", ");
    const allowed = { en: `one of ${list}${close ? `; did you mean ${close}?` : ""}`, zh: `${list} 之一${close ? `；您是指 ${close} 吗？` : ""}` };
    throw new InkstoneError("E_OPTION", { option: "type", value: given, allowed });
  }
  const [base, fileType] = bases[name];
  return { name, base: ggufType(base), fileType };
}

/** What is known of a tensor when its type is chosen. */
export interface Place {
  /** Its own name: "layers.3.attention.value.weight". */
  readonly own: string;
  readonly shape: readonly number[];
  readonly layers: number;
  /** Whether the embedding is the head as well. */
  readonly tied: boolean;
}

// The first and the last eighth of the layers, and every third between them.
const moreBits = (layer: number, layers: number): boolean => {
  const eighth = Math.floor(layers / 8);
  return layer < eighth || layer >= Math.floor((7 * layers) / 8) || (layer - eighth) % 3 === 2;
};

/** Where a row is not whole blocks of the type wanted. */
const narrower: Readonly<Record<string, string>> = { Q4_K: "Q5_0", Q5_K: "Q5_1", Q6_K: "Q8_0" };

/**
 * The type of a tensor in a mixture: vectors, norms and learned positions are F32; of the matrices the head, values and the way down of the MLP get more bits.
 *
 * @example
 * const place = { own: "layers.0.mlp.down.weight", shape: [64, 256], layers: 8, tied: true };
 * typeOfTensor(mixtureOf("q4_k_m"), place).name; // "Q6_K"
 */
export function typeOfTensor(mixture: Mixture, place: Place): GgufType {
  const { own, shape } = place;
  if (shape.length < 2 || own === "positions.weight" || !own.endsWith(".weight")) return ggufType("F32");
  const wanted = mixture.base.block === 1 ? mixture.base.name : wantedType(mixture, place);
  return fitting(wanted, shape.at(-1) ?? 1);
}

function wantedType({ name, base }: Mixture, { own, shape, layers, tied }: Place): string {
  const isHead = own === "head.weight" || (tied && own === "embedding.weight");
  if (isHead) return base.name === "Q8_0" || (shape.at(-1) ?? 1) % base.block !== 0 ? "Q8_0" : "Q6_K";
  const [, number, part] = /^layers\.(\d+)\.(.*)\.weight$/.exec(own) ?? [];
  const layer = Number(number);
  const [isMedium, isSmall] = [name === "q4_k_m" || name === "q5_k_m", name === "q4_k_s"];
  if (part === "attention.value") return isMedium && moreBits(layer, layers) ? "Q6_K" : isSmall && layer < 4 ? "Q5_K" : base.name;
  if (part === "mlp.down") return isMedium && moreBits(layer, layers) ? "Q6_K" : isSmall && layer < Math.floor(layers / 8) ? "Q5_K" : base.name;
  if (part === "attention.all") return name === "q4_k_m" ? "Q5_K" : name === "q5_k_m" ? "Q6_K" : base.name;
  return base.name;
}

function fitting(name: string, row: number): GgufType {
  if (row % ggufType(name).block === 0) return ggufType(name);
  const other = narrower[name];
  return other !== undefined && row % ggufType(other).block === 0 ? ggufType(other) : ggufType("F16");
}

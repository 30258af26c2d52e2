// Initial values of weights, by Keras's names and formulas. Knows no layers.
import { InkstoneError, listed } from "../../core/index.ts";
import { nextRandom, type Shape } from "../../tensor/index.ts";
import { isLoading } from "./loading.ts";
import { BELOW_MINUS_TWO, fillRandom, normalQuantile } from "./normal.ts";
import { orthogonal } from "./orthogonal.ts";

/** Initialisers by their Keras names. */
export type InitializerName =
  | "zeros"
  | "ones"
  | "constant"
  | "random_uniform"
  | "random_normal"
  | "truncated_normal"
  | "glorot_uniform"
  | "glorot_normal"
  | "he_uniform"
  | "he_normal"
  | "lecun_uniform"
  | "lecun_normal"
  | "orthogonal";

/** An initialiser with its own numbers; each has Keras's default. */
export interface InitializerConfig {
  readonly name: InitializerName;
  /** Of "constant". Default 0. */
  readonly value?: number;
  /** Of "random_uniform". Defaults -0.05 and 0.05. */
  readonly minimum?: number;
  readonly maximum?: number;
  /** Of "random_normal" and "truncated_normal". Defaults 0 and 0.05. */
  readonly mean?: number;
  readonly deviation?: number;
  /** Of "orthogonal". Default 1. */
  readonly gain?: number;
}

/** How a weight begins: a name, a name with numbers, or a function of the shape. */
export type Initializer = InitializerName | InitializerConfig | ((shape: Shape) => Float32Array);

// Keras's deviation of a standard normal distribution that is cut at two deviations.
const CUT_DEVIATION = 0.8796256610342398;

// Scale and distribution of the family that looks at the widths: variance = scale / fan.
const families: Readonly<Record<string, readonly [scale: number, fan: "in" | "average"]>> = {
  glorot: [1, "average"],
  he: [2, "in"],
  lecun: [1, "in"],
};

/**
 * Values of a new weight, row by row. Random ones are drawn from `nextRandom()`: `manualSeed` and `withRandom` fix them.
 *
 * glorot_uniform: U(-a, a), a = √(6 / (in + out)); glorot_normal: normal, cut at two deviations, deviation √(2 / (in + out)); he: √(2 / in); lecun: √(1 / in);
 * orthogonal: over all dimensions but the last, flattened. `in` and `out` of a shape: its last two sizes, times all before them.
 * Errors: `E_OPTION` for an unknown name.
 * Source: Glorot & Bengio 2010; He et al. 2015, arXiv:1502.01852; LeCun et al. 1998; Keras's `VarianceScaling`.
 *
 * @example
 * initialize("ones", [2, 2]); // Float32Array [1, 1, 1, 1]
 * initialize({ name: "constant", value: 3 }, [1]); // Float32Array [3]
 */
export function initialize(initializer: Initializer, shape: Shape): Float32Array {
  if (isLoading()) return new Float32Array(0);
  if (typeof initializer === "function") return initializer(shape);
  const config: InitializerConfig = typeof initializer === "string" ? { name: initializer } : initializer;
  const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
  switch (config.name) {
    case "zeros":
      return values;
    case "ones":
      return values.fill(1);
    case "constant":
      return values.fill(config.value ?? 0);
    case "random_uniform":
      return uniform(values, config.minimum ?? -0.05, config.maximum ?? 0.05);
    case "random_normal":
      return normal(values, config.mean ?? 0, config.deviation ?? 0.05);
    case "truncated_normal":
      return truncated(values, config.mean ?? 0, config.deviation ?? 0.05);
    case "orthogonal":
      return orthogonalOf(shape, config.gain ?? 1);
    default:
      return scaled(values, config.name, shape);
  }
}

function scaled(values: Float32Array, name: string, shape: Shape): Float32Array {
  const [family, distribution] = name.split("_");
  const found = families[family];
  if (found === undefined || (distribution !== "uniform" && distribution !== "normal")) {
    throw new InkstoneError("E_OPTION", {
      option: "initializer",
      value: name,
      allowed: listed(["zeros", "ones", "constant", "random_…", "truncated_normal", "glorot_…", "he_…", "lecun_…", "orthogonal"]),
    });
  }
  const [scale, mode] = found;
  const fans = fansOf(shape);
  const variance = scale / Math.max(1, mode === "in" ? fans.in : (fans.in + fans.out) / 2);
  if (distribution === "normal") return truncated(values, 0, Math.sqrt(variance) / CUT_DEVIATION);
  const limit = Math.sqrt(3 * variance);
  return uniform(values, -limit, limit);
}

// How many values come into and go out of one unit. Of convolutions: times the width of the window.
function fansOf(shape: Shape): { in: number; out: number } {
  if (shape.length < 2) return { in: shape[0] ?? 1, out: shape[0] ?? 1 };
  const window = shape.slice(0, -2).reduce((product, size) => product * size, 1);
  return { in: shape[shape.length - 2] * window, out: shape[shape.length - 1] * window };
}

function uniform(values: Float32Array, minimum: number, maximum: number): Float32Array {
  return fillRandom(values, nextRandom(), (u) => minimum + (maximum - minimum) * u);
}

function normal(values: Float32Array, mean: number, deviation: number): Float32Array {
  return fillRandom(values, nextRandom(), (u) => mean + deviation * normalQuantile(u));
}

function truncated(values: Float32Array, mean: number, deviation: number): Float32Array {
  return fillRandom(values, nextRandom(), (u) => mean + deviation * normalQuantile(BELOW_MINUS_TWO + u * (1 - 2 * BELOW_MINUS_TWO)));
}

function orthogonalOf(shape: Shape, gain: number): Float32Array {
  if (shape.length < 2)
    throw new InkstoneError("E_SHAPE", { operation: "orthogonal", expected: { en: "at least two dimensions", zh: "至少两个维度" }, got: shape });
  const columns = shape[shape.length - 1];
  const rows = shape.slice(0, -1).reduce((product, size) => product * size, 1);
  const normals = normal(new Float32Array(rows * columns), 0, 1);
  return orthogonal(normals, rows, columns).map((value) => value * gain);
}

// What fine-tuning a decoder is asked for, with every default, held against rules. Knows no models and no data.
import { aFlag, aNumber, InkstoneError, oneOf, type Rules, readOptions, whole } from "../../core/index.ts";

/** What is trained, and how. */
export const finetuneMethods = ["lora", "full", "qlora", "dpo", "orpo"] as const;

/** A method by name. */
export type FinetuneMethod = (typeof finetuneMethods)[number];

/** Options of fine-tuning a decoder: plain data, kept in the run. */
export interface FinetuneSettings {
  /** lora (default): low-rank matrices beside weights that stay; qlora: the same over the packed blocks of a quantised file; full: every weight; dpo and orpo: low-rank matrices by preferences. */
  readonly method?: FinetuneMethod;
  /** Width of the low-rank matrices, from 1 to 1024. Default 16. */
  readonly rank?: number;
  /** Default 2 · rank. */
  readonly alpha?: number;
  /** Of the low-rank part. Default 0. */
  readonly dropout?: number;
  /** Modules by the end of their names on the hub: q_proj, v_proj … Default: all matrices of the blocks. */
  readonly targets?: readonly string[];
  /** Scale by alpha / sqrt(rank). Default false. */
  readonly rslora?: boolean;
  /** Train sizes of rows apart from their directions. Default false. */
  readonly dora?: boolean;
  /** Passes over the rows. Default 3. */
  readonly epochs?: number;
  /** Most steps of the optimiser. Default: those of the epochs. */
  readonly steps?: number;
  /** Most minutes. Default: as long as it takes. */
  readonly minutes?: number;
  /** Default 2e-4 of adapters, 2e-5 of all weights, 5e-5 of preferences. */
  readonly learningRate?: number;
  /** Share of the steps in which the rate rises. Default 0.05. */
  readonly warmup?: number;
  /** cosine (default), linear or constant. */
  readonly schedule?: "cosine" | "linear" | "constant";
  readonly weightDecay?: number;
  /** Most norm of a step's gradients; 0: no limit. Default 1. */
  readonly clip?: number;
  /** Windows of a step. Default 4; of preferences pairs, default 4. */
  readonly batch?: number;
  /** Steps whose gradients make one update. Default 1. */
  readonly accumulate?: number;
  /** Most tokens of a row, and of a window into which rows are packed. Default 1024, or the context where that is less. */
  readonly maxLength?: number;
  /** f32 (default), or bf16: products with both sides rounded to bf16. */
  readonly precision?: "f32" | "bf16";
  /** Share of the rows that are kept for validation. Default 0.1. */
  readonly validation?: number;
  /** Steps between looks at the validation rows. Default: four a pass. */
  readonly every?: number;
  /** Looks without a better one until it stops; 0: it does not. Default 3. */
  readonly patience?: number;
  /** Less memory for a third more time: blocks are computed again for their gradients. Default false. */
  readonly recompute?: boolean;
  /** auto (default): the model's own template for rows with roles; none: prompt and answer as plain text. */
  readonly template?: "auto" | "none";
  /** Of DPO and ORPO: how far from the model that it begins with. Default 0.1. */
  readonly beta?: number;
  /** Default 0. */
  readonly seed?: number;
}

/** The same with every default. */
export type CheckedSettings = Required<Omit<FinetuneSettings, "steps" | "minutes" | "targets" | "maxLength" | "every">> &
  Pick<FinetuneSettings, "steps" | "minutes" | "targets" | "maxLength" | "every">;

const rules: Rules<FinetuneSettings> = {
  method: oneOf(finetuneMethods),
  rank: whole(1, 1024),
  alpha: aNumber({ above: 0 }),
  dropout: aNumber({ from: 0, below: 1 }),
  targets: {
    allowed: { en: "a list of names of modules", zh: "模块名列表" },
    holds: (value) => Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === "string" && one !== ""),
  },
  rslora: aFlag,
  dora: aFlag,
  epochs: whole(1, 10_000),
  steps: whole(1),
  minutes: aNumber({ above: 0 }),
  learningRate: aNumber({ above: 0, to: 1 }),
  warmup: aNumber({ from: 0, below: 1 }),
  schedule: oneOf(["cosine", "linear", "constant"]),
  weightDecay: aNumber({ from: 0, to: 1 }),
  clip: aNumber({ from: 0 }),
  batch: whole(1, 4096),
  accumulate: whole(1, 4096),
  maxLength: whole(16, 1 << 20),
  precision: oneOf(["f32", "bf16"]),
  validation: aNumber({ from: 0, below: 1 }),
  every: whole(1),
  patience: whole(0),
  recompute: aFlag,
  template: oneOf(["auto", "none"]),
  beta: aNumber({ above: 0 }),
  seed: whole(0, 2 ** 53 - 1),
};

/**
 * Settings with their defaults. Errors: `E_OPTION` with the nearest name of an option that is not known, and for a value that is not allowed; `E_FINETUNE` for what does not go together.
 *
 * @example
 * finetuneSettings({ rank: 8 }).alpha; // 16
 * finetuneSettings({ learningrate: 1e-4 } as object); // throws E_OPTION_UNKNOWN
 */
export function finetuneSettings(given: FinetuneSettings = {}): CheckedSettings {
  readOptions("finetune", given, rules);
  const { method = "lora", rank = 16 } = given;
  const preference = method === "dpo" || method === "orpo";
  if (method === "full") {
    const adapterOnly = (["rank", "alpha", "dropout", "targets", "rslora", "dora"] as const).find((name) => given[name] !== undefined);
    if (adapterOnly !== undefined)
      throw new InkstoneError("E_FINETUNE", {
        model: "full",
        why: { en: `${adapterOnly} belongs to adapters; method full trains every weight`, zh: `${adapterOnly} 属于适配器；full 方法训练全部权重` },
      });
  }
  return {
    method,
    rank,
    alpha: 2 * rank,
    dropout: 0,
    rslora: false,
    dora: false,
    epochs: preference ? 1 : 3,
    learningRate: preference ? 5e-5 : method === "full" ? 2e-5 : 2e-4,
    warmup: 0.05,
    schedule: "cosine",
    weightDecay: 0,
    clip: 1,
    batch: 4,
    accumulate: 1,
    precision: "f32",
    validation: 0.1,
    patience: 3,
    recompute: false,
    template: "auto",
    beta: 0.1,
    seed: 0,
    ...(Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as FinetuneSettings),
  };
}

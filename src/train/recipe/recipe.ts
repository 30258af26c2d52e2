// Recipes: all that makes a training of a language model, as plain data; every field with its default. Knows no files.

import { z } from "zod";
import { InkstoneError, listed, meant, type Words } from "../../core/index.ts";

const count = z.number().int().positive();
const share = z.number().min(0).max(1);

/** The fields of a recipe. */
const schema = z.strictObject({
  /** For messages and the name of the run. */
  name: z.string().min(1).default("run"),
  /** Of first weights, order of data and samples. */
  seed: z.number().int().nonnegative().default(0),
  data: z.strictObject({
    /** Text files (.txt, .md), JSONL files with a field "text", or folders of such. */
    files: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]),
    /** The share that is kept for validation. */
    validation: share.default(0.05),
    /** Which share: the end of each file, or whole documents by the hash of their text. */
    by: z.enum(["end", "hash"]).default("end"),
  }),
  tokenizer: z
    .strictObject({
      /** "characters": those of the data; or a tokenizer.json. */
      file: z.string().min(1).default("characters"),
    })
    .prefault({}),
  model: z
    .strictObject({
      architecture: z.enum(["gpt2", "lstm"]).default("gpt2"),
      /** Layers; the other sizes follow from it where they are not given. */
      depth: count.max(256).default(4),
      /** Default: 32 for each layer, at least 64; a multiple of the heads. */
      width: count.max(65_536).optional(),
      /** Default: a head for each 32 of the width. */
      heads: count.max(1024).optional(),
      /** Tokens that it sees at once. */
      contextLength: count.max(1 << 20).default(128),
      /** Biases in linear layers and norms. */
      bias: z.boolean().default(false),
      /** Whether the head is the embedding. */
      tiedHead: z.boolean().default(true),
    })
    .prefault({}),
  optimizer: z
    .strictObject({
      name: z.enum(["adamw", "muon"]).default("adamw"),
      learningRate: z.number().positive().default(1e-3),
      weightDecay: z.number().nonnegative().default(0.1),
      beta1: share.default(0.9),
      beta2: share.default(0.99),
      /** The norm to which all gradients together are scaled down; 0: no clipping. */
      clip: z.number().nonnegative().default(1),
      schedule: z.enum(["cosine", "linear", "constant"]).default("cosine"),
      /** Steps in which the rate rises. */
      warmup: z.number().int().nonnegative().default(100),
      /** The rate at the end, as a share of the highest. */
      end: share.default(0.1),
      /** An average of the weights, of so much momentum; 0: none. */
      average: z.number().min(0).max(0.999999).default(0),
    })
    .prefault({}),
  precision: z.enum(["f32", "bf16"]).default("f32"),
  batch: z
    .strictObject({
      rows: count.default(32),
      /** So many batches make one step of the optimiser. */
      accumulate: count.default(1),
    })
    .prefault({}),
  budget: z
    .strictObject({
      /** Steps of the optimiser. */
      steps: count.default(1000),
      /** It ends earlier once so much time has passed, over all its parts. */
      minutes: z.number().positive().optional(),
    })
    .prefault({}),
  evaluation: z
    .strictObject({
      /** Steps between looks at the validation data; checkpoints are written with them. */
      every: count.default(100),
      /** Batches of a look; 0: all of the validation data. */
      batches: z.number().int().nonnegative().default(20),
      /** What samples begin with. */
      prompt: z.string().default("\n"),
      /** Tokens of a sample; 0: none are written. */
      sample: z.number().int().nonnegative().max(4096).default(200),
      /** Looks without anything better before it stops; 0: it does not. */
      patience: z.number().int().nonnegative().default(0),
      /** What a loss that is not finite does: end the run with its last checkpoint whole, or leave the step out. */
      notFinite: z.enum(["stop", "skip"]).default("stop"),
    })
    .prefault({}),
  /** Watts that the machine is taken to draw, for an estimate of energy; 0: none is made. */
  watts: z.number().nonnegative().default(0),
});

/** A recipe with every default filled in. */
export interface Recipe {
  readonly name: string;
  readonly seed: number;
  readonly data: { readonly files: string | readonly string[]; readonly validation: number; readonly by: "end" | "hash" };
  readonly tokenizer: { readonly file: string };
  readonly model: {
    readonly architecture: "gpt2" | "lstm";
    readonly depth: number;
    readonly width?: number;
    readonly heads?: number;
    readonly contextLength: number;
    readonly bias: boolean;
    readonly tiedHead: boolean;
  };
  readonly optimizer: {
    readonly name: "adamw" | "muon";
    readonly learningRate: number;
    readonly weightDecay: number;
    readonly beta1: number;
    readonly beta2: number;
    readonly clip: number;
    readonly schedule: "cosine" | "linear" | "constant";
    readonly warmup: number;
    readonly end: number;
    readonly average: number;
  };
  readonly precision: "f32" | "bf16";
  readonly batch: { readonly rows: number; readonly accumulate: number };
  readonly budget: { readonly steps: number; readonly minutes?: number };
  readonly evaluation: {
    readonly every: number;
    readonly batches: number;
    readonly prompt: string;
    readonly sample: number;
    readonly patience: number;
    readonly notFinite: "stop" | "skip";
  };
  readonly watts: number;
}

/**
 * A recipe of plain data, with defaults. `file`: for messages. Errors: `E_RECIPE` with the field; of a name that is not known with the nearest.
 *
 * @example
 * recipeOf({ data: { files: "texts" } }).model.depth; // 4
 * recipeOf({ data: { files: "texts" }, bugdet: { steps: 5 } }); // throws E_RECIPE: … "bugdet" … did you mean "budget"? …
 */
export function recipeOf(plain: unknown, file: string = "recipe"): Recipe {
  const checked = schema.safeParse(plain);
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  throw new InkstoneError("E_RECIPE", { file, field: issue.path.join(".") || "recipe", why: reason(issue) });
}

function reason(issue: z.core.$ZodIssue): Words {
  if (issue.code !== "unrecognized_keys") return { en: issue.message, zh: `值不合规定（${issue.message}）` };
  const [wrong] = issue.keys;
  const known = namesAt(issue.path);
  const nearest = meant(wrong, known);
  const all = listed(known);
  const [en, zh] =
    nearest === undefined ? [`; there is ${all.en}`, `；可用：${all.zh}`] : [`; did you mean "${nearest}"?`, `；您是指“${nearest}”吗？`];
  return { en: `it has no field "${wrong}"${en}`, zh: `没有字段“${wrong}”${zh}` };
}

// Names of the fields at a place of the recipe, as an empty recipe has them.
function namesAt(path: readonly PropertyKey[]): string[] {
  const optional: Readonly<Record<string, readonly string[]>> = { model: ["width", "heads"], budget: ["minutes"] };
  let at: unknown = schema.parse({ data: { files: "x" } });
  for (const part of path) at = (at as Readonly<Record<PropertyKey, unknown>>)[part];
  return [...Object.keys(at as object), ...(optional[path.join(".")] ?? [])];
}

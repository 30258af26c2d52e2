// Recipes: all that makes a training of a language model, as plain data; what is not given follows from the rest. Knows no files.
import type { z } from "zod";
import { InkstoneError, listed, meant, type Words } from "../../core/index.ts";
import { recipeSchema } from "./schema.ts";
import type { GivenRecipe, MixturePart, Recipe } from "./types.ts";

/**
 * A recipe of plain data, with defaults; batch, learning rate and steps follow from the depth and the budget where they are not given. `file`: for messages.
 *
 * Errors: `E_RECIPE` with the field; of a name that is not known with the nearest.
 *
 * @example
 * recipeOf({ data: { files: "texts" } }).batch.rows; // 32
 * recipeOf({ data: { files: "texts" }, model: { depth: 16 }, budget: { tokens: 1_000_000 } }).budget.steps; // 62
 * recipeOf({ data: { files: "texts" }, bugdet: { steps: 5 } }); // throws E_RECIPE: … "bugdet" … did you mean "budget"? …
 */
export function recipeOf(plain: unknown, file: string = "recipe"): Recipe {
  const checked = recipeSchema.safeParse(plain);
  if (!checked.success) {
    const [issue] = checked.error.issues;
    throw new InkstoneError("E_RECIPE", { file, field: issue.path.join(".") || "recipe", why: reason(issue, valueAt(plain, issue.path)) });
  }
  const recipe = derived(checked.data);
  const conflict = conflictOf(recipe);
  if (conflict !== undefined) throw new InkstoneError("E_RECIPE", { file, ...conflict });
  return recipe;
}

function derived(given: GivenRecipe): Recipe {
  const { depth, contextLength } = given.model;
  const { name, learningRate = (name === "muon" ? 4e-3 : 1e-3) * Math.sqrt(4 / depth) } = given.optimizer;
  const { accumulate, rows = Math.max(1, Math.round((1024 * depth) / contextLength)) } = given.batch;
  const { tokens } = given.budget;
  const perStep = rows * accumulate * contextLength;
  const steps = given.budget.steps ?? (tokens === undefined ? 1000 : Math.ceil(tokens / perStep));
  return {
    ...given,
    optimizer: { ...given.optimizer, learningRate: Number(learningRate.toPrecision(6)) },
    batch: { accumulate, rows },
    budget: { ...given.budget, steps },
  };
}

// What fields cannot be together.
function conflictOf({ model, tokenizer, data }: Recipe): { field: string; why: Words } | undefined {
  if (tokenizer.train !== undefined && tokenizer.file !== "characters")
    return { field: "tokenizer", why: { en: "it names a file and is to be trained", zh: "既指定了文件又要求训练" } };
  if (model.keyValueHeads !== undefined && model.architecture !== "llama")
    return { field: "model.keyValueHeads", why: { en: "only llama has them", zh: "仅 llama 支持" } };
  const { width, heads } = model;
  if (width !== undefined && heads !== undefined && width % heads !== 0 && model.architecture !== "lstm")
    return {
      field: "model.heads",
      why: { en: `${heads} heads do not share a width of ${width} evenly`, zh: `宽度 ${width} 不能被 ${heads} 个头整除` },
    };
  if (model.keyValueHeads !== undefined && heads !== undefined && heads % model.keyValueHeads !== 0)
    return {
      field: "model.keyValueHeads",
      why: { en: `${heads} heads do not share ${model.keyValueHeads} evenly`, zh: `${heads} 个头不能被 ${model.keyValueHeads} 个键值头整除` },
    };
  if (data.documents === "alone" && (model.architecture === "bert" || model.architecture === "encoder-decoder"))
    return { field: "data.documents", why: { en: "only gpt2, llama and lstm read documents alone", zh: "仅 gpt2、llama 与 lstm 支持单篇文档" } };
  if (data.documents === "apart" && model.architecture !== "llama" && model.architecture !== "gpt2")
    return { field: "data.documents", why: { en: "only gpt2 and llama keep documents apart", zh: "仅 gpt2 与 llama 支持分开文档" } };
  return undefined;
}

/** Files and folders of a recipe's data, with the weight and the column of each. */
export function mixtureOf({ data }: Pick<Recipe, "data">): readonly (MixturePart & { readonly column: string })[] {
  const parts = typeof data.files === "string" ? [data.files] : data.files;
  return parts.map((one) => (typeof one === "string" ? { files: one, weight: 1, column: data.column } : { column: data.column, ...one }));
}

const typesOf: Readonly<Record<string, readonly [string, string]>> = {
  number: ["a number", "数字"],
  int: ["a whole number", "整数"],
  string: ["text", "文本"],
  boolean: ["true or false", "true 或 false"],
  object: ["a group of fields", "一组字段"],
  array: ["a list", "列表"],
};

function reason(issue: z.core.$ZodIssue, given: unknown): Words {
  if (issue.code === "invalid_value") {
    const nearest = meant(String(given), issue.values.map(String));
    const all = listed(issue.values.map(String));
    const [en, zh] = nearest === undefined ? ["", ""] : [`; did you mean "${nearest}"?`, `；您是指“${nearest}”吗？`];
    return { en: `it must be one of ${all.en}${en}`, zh: `须为以下之一：${all.zh}${zh}` };
  }
  if (issue.code === "invalid_type") {
    const wanted = typesOf[issue.expected] ?? [issue.expected, issue.expected];
    return given === undefined
      ? { en: `it is missing: ${wanted[0]}`, zh: `缺少此项：${wanted[1]}` }
      : { en: `it must be ${wanted[0]}`, zh: `须为${wanted[1]}` };
  }
  if (issue.code === "too_small") {
    const { minimum, inclusive = true } = issue;
    return inclusive
      ? { en: `it must be at least ${minimum}`, zh: `不得小于 ${minimum}` }
      : { en: `it must be more than ${minimum}`, zh: `须大于 ${minimum}` };
  }
  if (issue.code === "too_big") return { en: `it must be at most ${issue.maximum}`, zh: `不得大于 ${issue.maximum}` };
  if (issue.code !== "unrecognized_keys") return { en: issue.message, zh: "值的形式不合规定" };
  const [wrong] = issue.keys;
  const known = namesAt(issue.path);
  const nearest = meant(wrong, known);
  const all = listed(known);
  const [en, zh] =
    nearest === undefined ? [`; there is ${all.en}`, `；可用：${all.zh}`] : [`; did you mean "${nearest}"?`, `；您是指“${nearest}”吗？`];
  return { en: `it has no field "${wrong}"${en}`, zh: `没有字段“${wrong}”${zh}` };
}

function valueAt(plain: unknown, path: readonly PropertyKey[]): unknown {
  let at = plain;
  for (const part of path) at = typeof at === "object" && at !== null ? (at as Readonly<Record<PropertyKey, unknown>>)[part] : undefined;
  return at;
}

// Names of the fields at a place of the recipe, optional ones too.
function namesAt(path: readonly PropertyKey[]): string[] {
  let at: { readonly def: { readonly innerType?: unknown; readonly shape?: Readonly<Record<string, unknown>> } } =
    recipeSchema as unknown as typeof at;
  const opened = () => {
    while (at.def.innerType !== undefined) at = at.def.innerType as typeof at;
    return at.def.shape ?? {};
  };
  for (const part of path) {
    const inner = opened()[String(part)];
    if (inner === undefined) return [];
    at = inner as typeof at;
  }
  return Object.keys(opened());
}

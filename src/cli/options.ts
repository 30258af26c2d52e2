// Options that several verbs share, with their ranges; each can also come from an INKSTONE_ variable. Knows commander; opens nothing.
import { InvalidArgumentError, Option } from "commander";
import type { LoadOptions } from "../generate/index.ts";
import type { Words } from "./language.ts";

/** The words of a language, as `Surroundings.say`. */
export type Say = (words: Words) => string;

interface Range {
  readonly least: number;
  readonly most: number;
  readonly whole?: boolean;
}

/** A number option with a range: a value outside is a usage error that names the range (or a configuration error when it came from the environment). */
export function numberOption(flags: string, description: string, range: Range, variable?: string): Option {
  const option = new Option(flags, description).argParser((text: string) => {
    const value = text.trim() === "" ? Number.NaN : Number(text);
    if (value >= range.least && value <= range.most && (!range.whole || Number.isInteger(value)) && /^[-+.\deE]+$/.test(text)) return value;
    throw new InvalidArgumentError(`${range.whole ? "a whole number" : "a number"} from ${range.least} to ${range.most}`);
  });
  return variable === undefined ? option : option.env(variable);
}

/** `--precision exact|bf16|fast`; without it the model's default. */
export function precisionOption(say: Say): Option {
  return new Option("--precision <p>", say({ en: "how exactly to calculate", zh: "计算精度" }))
    .choices(["exact", "bf16", "fast"])
    .default(undefined, say({ en: "the fastest that is accurate enough", zh: "足够准确的最快一档" }))
    .env("INKSTONE_PRECISION");
}

/** `--threads N`; without it the native room reads INKSTONE_THREADS. */
export function threadsOption(say: Say): Option {
  return numberOption("--threads <n>", say({ en: "threads for arithmetic", zh: "计算线程数" }), { least: 1, most: 64, whole: true }).default(
    undefined,
    say({ en: "the cores, at most 16", zh: "核心数，最多 16" }),
  );
}

/** `--context N`; without it the model's own, at most 8,192. */
export function contextOption(say: Say): Option {
  return numberOption(
    "-c, --context <n>",
    say({ en: "tokens of context, at most the model's own", zh: "上下文词元数，不超过模型自身上限" }),
    { least: 16, most: 1_048_576, whole: true },
    "INKSTONE_CONTEXT",
  ).default(undefined, say({ en: "the model's own, at most 8192", zh: "模型自身上限，最多 8192" }));
}

/** `--seed N`, 0 where it is not given. */
export function seedOption(say: Say, what: Words = { en: "seed of everything random", zh: "随机种子" }): Option {
  return numberOption("--seed <n>", say(what), { least: 0, most: Number.MAX_SAFE_INTEGER, whole: true }).default(0);
}

/** `--folds N` of verbs that train classifiers. */
export function foldsOption(say: Say, usual: number): Option {
  return numberOption("--folds <n>", say({ en: "folds of the trial", zh: "交叉验证折数" }), { least: 2, most: 100, whole: true }).default(usual);
}

/** `--embeddings M` of verbs that train classifiers. */
export function embeddingsOption(say: Say): Option {
  const en = "the encoder of embeddings, joined and tuned (default: minilm, for Chinese bge-small-zh)";
  return new Option("--embeddings <model>", say({ en, zh: "embeddings、joined 与 tuned 使用的编码器（默认：minilm，中文为 bge-small-zh）" }));
}

/** `--model NAME` of verbs that train classifiers; what each does where none is named is its own affair. */
export function classifierOption(what: string): Option {
  return new Option("--model <name>", what).choices(["auto", "naive-bayes", "logistic-regression", "linear-svm", "embeddings", "joined", "tuned"]);
}

/** `--json`. */
export function jsonOption(say: Say): Option {
  return new Option("--json", say({ en: "print one JSON object", zh: "输出一个 JSON 对象" }));
}

/** What `--precision` and `--threads` give. */
export type EngineFlags = Pick<LoadOptions, "precision" | "threads">;

/** What `--context` gives. */
export interface ContextFlags {
  readonly context?: number;
}

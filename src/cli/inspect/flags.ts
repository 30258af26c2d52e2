// What can be asked of `inspect`: one question at a time. Knows commander; opens nothing.
import { type Command, Option } from "commander";
import { InkstoneError } from "../../core/index.ts";
import { jsonOption, numberOption, type Say } from "../options.ts";

/** All flags. */
export interface InspectFlags {
  readonly nearest?: string;
  readonly similarity?: readonly string[];
  readonly map?: string;
  readonly export?: "word2vec" | "projector";
  readonly attention?: string;
  readonly why?: string;
  readonly count?: number;
  readonly words?: string;
  readonly sentences?: string;
  readonly side?: string;
  readonly tokens?: number;
  readonly layer?: number;
  readonly head?: number;
  readonly tokenizer?: string;
  readonly out?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

const questions = ["nearest", "similarity", "map", "export", "attention", "why"] as const;

/** A question. */
export type Question = (typeof questions)[number];

const goesWith: Readonly<Record<string, readonly Question[]>> = {
  count: ["nearest", "map"],
  words: ["map"],
  sentences: ["nearest", "similarity", "map", "export"],
  side: ["nearest", "similarity", "map", "export"],
  tokens: ["nearest", "export"],
  layer: ["attention"],
  head: ["attention"],
  out: ["export", "attention", "why"],
};

/** The one question; undefined: what is inside. Errors: E_USAGE for two, for a flag of another, for a missing `--out`. */
export function questionOf(flags: InspectFlags): Question | undefined {
  const asked = questions.filter((name) => flags[name] !== undefined);
  if (asked.length > 1) {
    const both = asked.map((name) => `--${name}`).join(", ");
    throw misuse(`One question at a time: ${both} were given.`, `每次只能问一个问题：给出了 ${both}。`);
  }
  const [question] = asked;
  for (const [flag, fitting] of Object.entries(goesWith)) {
    if (flags[flag as keyof InspectFlags] === undefined || (question && fitting.includes(question))) continue;
    const names = fitting.map((name) => `--${name}`).join(", ");
    throw misuse(`--${flag} goes with ${names}.`, `--${flag} 须与 ${names} 之一同用。`);
  }
  if (question && goesWith["out"].includes(question) && flags.out === undefined) {
    throw misuse(`--${question} needs --out: where to write.`, `--${question} 需要 --out 指定写出位置。`);
  }
  if (flags.similarity && flags.similarity.length !== 2)
    throw misuse("--similarity takes two words or sentences.", "--similarity 需要两个词或句子。");
  return question;
}

function misuse(en: string, zh: string): InkstoneError {
  return new InkstoneError("E_USAGE", { why: { en, zh } });
}

/** Adds them to the verb's command. */
export function addFlags(command: Command, say: Say): Command {
  const whole = (flags: string, en: string, zh: string, least: number, most: number) =>
    numberOption(flags, say({ en, zh }), { least, most, whole: true });
  return command
    .option("--nearest <word>", say({ en: "the words (or sentences) nearest to one", zh: "与某个词（或句子）最接近的词（或句子）" }))
    .option("--similarity <two...>", say({ en: "the cosine of two words or sentences", zh: "两个词或句子的余弦相似度" }))
    .option("--map <file>", say({ en: "a map of words or sentences, as SVG", zh: "词或句子的分布图（SVG）" }))
    .addOption(
      new Option("--export <form>", say({ en: "the vectors as files (projector: a folder)", zh: "将向量写成文件（projector：文件夹）" })).choices([
        "word2vec",
        "projector",
      ]),
    )
    .option("--attention <text>", say({ en: "what each written word looked at, as SVG", zh: "每个写出的词看向何处（SVG）" }))
    .option("--why <text>", say({ en: "which words spoke for the answer (gradient x input), as SVG", zh: "哪些词支持该回答（梯度×输入，SVG）" }))
    .option("--out <path>", say({ en: "where --export, --attention and --why write", zh: "--export、--attention 与 --why 的写出位置" }))
    .addOption(
      whole(
        "--count <n>",
        "how many: neighbours (default: 10), words on a map (default: 100)",
        "个数：近邻（默认：10）、图中的词（默认：100）",
        1,
        1000,
      ),
    )
    .option("--words <list>", say({ en: "words on the map, separated by commas", zh: "图中的词，以逗号分隔" }))
    .option("--sentences <file>", say({ en: "ask about the sentences of a file, one a line, not words", zh: "针对文件中的句子（每行一句），而非词" }))
    .option("--side <name>", say({ en: "source or target (default: the one with the word)", zh: "source 或 target（默认：含有该词的一侧）" }))
    .addOption(whole("--tokens <n>", "tokens looked at, from id 0 up (default: 20000)", "从编号 0 起查看的词元数（默认：20000）", 1, 2 ** 24))
    .addOption(whole("--layer <n>", "whose attention, from 0 (default: the last)", "哪一层的注意力，从 0 数起（默认：最后一层）", 0, 1024))
    .addOption(whole("--head <n>", "whose attention, from 0 (default: the mean of all)", "哪个头的注意力，从 0 数起（默认：各头平均）", 0, 1024))
    .option(
      "--tokenizer <file>",
      say({
        en: "of a Sequential (default: tokenizer.json in or beside its folder)",
        zh: "Sequential 的分词器（默认：其文件夹内或旁边的 tokenizer.json）",
      }),
    )
    .option("--force", say({ en: "replace what is there", zh: "覆盖已有文件" }))
    .addOption(jsonOption(say));
}

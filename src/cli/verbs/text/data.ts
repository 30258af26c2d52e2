// inkstone data check|split FILE…: looks through data before anything learns from it, and deals it into parts.
import { Argument, InvalidArgumentError, Option } from "commander";
import { InkstoneError } from "../../../core/index.ts";
import type { TextForm } from "../../../data/index.ts";
import { openWithProgress } from "../../encoder.ts";
import { jsonOption, numberOption } from "../../options.ts";
import { addTableOptions, formLine, tableForm } from "../../tables.ts";
import { ProgressLine, type Surroundings, shown } from "../../terminal.ts";
import type { Verb } from "../verb.ts";
import { type SplitFlags, split } from "./data-split.ts";

interface Flags extends SplitFlags {
  readonly near?: number | true | { readonly file: string };
  readonly by: "words" | "meaning";
  readonly embeddings?: string;
}

// A number is the share; what is none is the file behind a flag that was given without one.
function shareOrFile(text: string): number | { file: string } {
  const share = Number(text);
  if (text.trim() === "" || Number.isNaN(share)) return { file: text };
  if (share >= 0.1 && share <= 1) return share;
  throw new InvalidArgumentError("a number from 0.1 to 1");
}

/** The verb `data`. Errors: those of `checkData`; a broken row ends it with exit 65 unless `--skip-bad` is given. */
export const verb: Verb = {
  name: "data",
  define(command, say, around) {
    command
      .summary(say({ en: "look through data, or split it into parts", zh: "检查数据，或将其划分为若干部分" }))
      .description(
        say({
          en: "check looks through files that belong together (such as the parts of a split): duplicates and leaks between them, labels, lengths, scripts, broken rows. split deals their rows into train, validation and test as JSON Lines; repeats of a text stay in one part.",
          zh: "check 检查一组相关文件（例如划分后的各部分）：重复与相互泄漏、标签、长度、书写系统、损坏的行。split 将各行划分为 train、validation 与 test（JSON Lines）；重复的文本始终在同一部分。",
        }),
      )
      .addArgument(new Argument("<what>", say({ en: "what to do", zh: "操作" })).choices(["check", "split"]))
      .argument(
        "[files...]",
        say({ en: "text, JSONL, JSON, CSV, TSV, Parquet …; .gz and .zip too", zh: "文本、JSONL、JSON、CSV、TSV、Parquet 等；也可为 .gz 或 .zip" }),
      )
      .option("--text <column>", say({ en: 'the column with the text (default: "text")', zh: "文本所在列（默认：“text”）" }))
      .option(
        "--label <column>",
        say({
          en: 'the column with the label (check: "label", if there is one; split: each label in every part in proportion)',
          zh: "标签所在列（check 默认：“label”，若存在；split：各标签按比例出现在每一部分）",
        }),
      )
      .option("--output <folder>", say({ en: "of split: where the parts go", zh: "split：各部分写入的文件夹" }))
      .option(
        "--shares <list>",
        say({
          en: "of split: 0.8,0.1,0.1 (default), or names with them: train=0.9,test=0.1",
          zh: "split：0.8,0.1,0.1（默认），或带名称：train=0.9,test=0.1",
        }),
      )
      .addOption(
        numberOption("--seed <n>", say({ en: "of split: another seed, another split (default: 0)", zh: "split：随机种子（默认：0）" }), {
          least: 0,
          most: Number.MAX_SAFE_INTEGER,
          whole: true,
        }),
      )
      .option("--force", say({ en: "of split: replace parts that are there", zh: "split：覆盖已有的部分" }))
      .option("--skip-bad", say({ en: "leave broken rows out and count them", zh: "跳过并统计损坏的行" }))
      .addOption(
        numberOption(
          "--near [share]",
          say({ en: "also find texts that share so much of their shingles (default: 0.8)", zh: "同时查找近似重复：片段重合比例（默认：0.8）" }),
          { least: 0.1, most: 1 },
        ).argParser(shareOrFile),
      )
      .addOption(
        new Option(
          "--by <what>",
          say({
            en: "near by what: shared words, or meaning (cosine of vectors, default 0.9)",
            zh: "按何种近似：共有词语，或语义（向量余弦，默认 0.9）",
          }),
        )
          .choices(["words", "meaning"])
          .default("words"),
      )
      .option(
        "--embeddings <model>",
        say({
          en: "the model of those vectors (default: minilm; bge-small-zh for Chinese)",
          zh: "所用的向量模型（默认 minilm；中文用 bge-small-zh）",
        }),
      )
      .addOption(jsonOption(say));
    addTableOptions(command, say).action((what: "check" | "split", named: string[], flags: Flags) =>
      (what === "check" ? check : divide)(named, flags, around),
    );
  },
};

async function openMeaning(reference: string, around: Surroundings) {
  const [{ EmbeddingModel }, { meaningFinder }] = await Promise.all([import("../../../generate/index.ts"), import("../../../pipelines/index.ts")]);
  const model = await openWithProgress(around, (options) => EmbeddingModel.open(reference, options));
  return { finder: (threshold?: number) => meaningFinder(model, threshold), close: () => model.close() };
}

async function divide(named: string[], flags: Flags, around: Surroundings): Promise<void> {
  if (named.length === 0) throw new InkstoneError("E_USAGE", { why: { en: "it needs a file to split.", zh: "需要指定要划分的文件。" } });
  if (flags.near !== undefined || flags.embeddings !== undefined)
    throw new InkstoneError("E_USAGE", { why: { en: "--near and --embeddings belong to check.", zh: "--near 与 --embeddings 仅用于 check。" } });
  await split(named, flags, around);
}

async function check(named: string[], flags: Flags, around: Surroundings): Promise<void> {
  const { text, label, skipBad, by, embeddings, json } = flags;
  if ([flags.output, flags.shares, flags.seed, flags.force].some((given) => given !== undefined)) {
    const why = { en: "--output, --shares, --seed and --force belong to split.", zh: "--output、--shares、--seed 与 --force 仅用于 split。" };
    throw new InkstoneError("E_USAGE", { why });
  }
  const { output, errors, signals, language, say } = around;
  const { checkData, describeCheck, minHashFinder } = await import("../../../data/index.ts");
  const line = new ProgressLine(errors);
  const onForm = (file: string, form: TextForm) => void errors.write(`${file}: ${formLine(form, say)}`);
  const reading = say({ en: "Reading", zh: "正在读取" });
  // `--near FILE`: what stands behind the flag is the next file where it is no share.
  const { near } = flags;
  const files = typeof near === "object" ? [near.file, ...named] : named;
  if (files.length === 0) throw new InkstoneError("E_USAGE", { why: { en: "it needs a file to look through.", zh: "需要指定要检查的文件。" } });
  const threshold = typeof near === "number" ? near : undefined;
  const model = near !== undefined && by === "meaning" ? await openMeaning(embeddings ?? "minilm", around) : undefined;
  try {
    const onProgress = (done: number, total: number): void => {
      if (output.isTTY) line.update(reading, done, total, "bytes");
    };
    const nearDuplicates = near === undefined ? undefined : (model?.finder(threshold) ?? minHashFinder(threshold));
    const report = await checkData(files, {
      ...tableForm(flags),
      onForm,
      text,
      label,
      skipBad,
      nearDuplicates,
      signal: signals.signal,
      onProgress,
    });
    line.end();
    output.write(json ? `${JSON.stringify(report)}\n` : `${shown(describeCheck(report, language), output)}\n`);
  } finally {
    line.end();
    await model?.close();
  }
}

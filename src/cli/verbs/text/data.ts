// inkstone data check FILE…: looks through data before anything learns from it.
import { Argument, InvalidArgumentError, Option } from "commander";
import { InkstoneError } from "../../../core/index.ts";
import type { TextForm } from "../../../data/index.ts";
import { openWithProgress } from "../../encoder.ts";
import { jsonOption, numberOption } from "../../options.ts";
import { addTableOptions, formLine, type TableFlags, tableForm } from "../../tables.ts";
import { ProgressLine, type Surroundings, shown } from "../../terminal.ts";
import type { Verb } from "../verb.ts";

interface Flags extends TableFlags {
  readonly text?: string;
  readonly label?: string;
  readonly skipBad?: boolean;
  readonly near?: number | true | { readonly file: string };
  readonly by: "words" | "meaning";
  readonly embeddings?: string;
  readonly json?: boolean;
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
      .summary(say({ en: "look through data: duplicates, leaks, labels, broken rows", zh: "检查数据：重复、泄漏、标签、损坏的行" }))
      .description(
        say({
          en: "Looks through files that belong together (such as the parts of a split): duplicates and leaks between them, labels, lengths, scripts, broken rows.",
          zh: "检查一组相关文件（例如划分后的各部分）：重复与相互泄漏、标签、长度、书写系统、损坏的行。",
        }),
      )
      .addArgument(new Argument("<what>", say({ en: "what to do: check", zh: "操作：check" })).choices(["check"]))
      .argument(
        "[files...]",
        say({ en: "text, JSONL, JSON, CSV, TSV, Parquet …; .gz and .zip too", zh: "文本、JSONL、JSON、CSV、TSV、Parquet 等；也可为 .gz 或 .zip" }),
      )
      .option("--text <column>", say({ en: 'the column with the text (default: "text")', zh: "文本所在列（默认：“text”）" }))
      .option(
        "--label <column>",
        say({ en: 'the column with the label (default: "label", if there is one)', zh: "标签所在列（默认：“label”，若存在）" }),
      )
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
    addTableOptions(command, say).action((_what: string, named: string[], flags: Flags) => check(named, flags, around));
  },
};

async function openMeaning(reference: string, around: Surroundings) {
  const [{ EmbeddingModel }, { meaningFinder }] = await Promise.all([import("../../../generate/index.ts"), import("../../../pipelines/index.ts")]);
  const model = await openWithProgress(around, (options) => EmbeddingModel.open(reference, options));
  return { finder: (threshold?: number) => meaningFinder(model, threshold), close: () => model.close() };
}

async function check(named: string[], flags: Flags, around: Surroundings): Promise<void> {
  const { text, label, skipBad, by, embeddings, json } = flags;
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

// inkstone classify MODEL [TEXT | -], and inkstone classify train DATA: a text classifier from examples, and its answers.
import { Option } from "commander";
import { InkstoneError } from "../../core/index.ts";
import { writeFileDurably } from "../../formats/index.ts";
import type { Classification, TextModelName } from "../../pipelines/index.ts";
import { readAll } from "../input.ts";
import { jsonOption, numberOption, type Say } from "../options.ts";
import { isTerminal, ProgressLine, type Surroundings, shown } from "../terminal.ts";
import type { Verb } from "./verb.ts";

interface AskFlags {
  readonly because: number;
  readonly json?: boolean;
}

interface TrainFlags {
  readonly text: string;
  readonly label: string;
  readonly model: TextModelName | "auto";
  readonly folds: number;
  readonly seed: number;
  readonly output: string;
  readonly report?: string;
  readonly skipBad?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** The verb `classify`. Errors: E_USAGE, E_INPUT_EMPTY, E_INPUT_SIZE, E_IO_CREATE, those of `trainTextClassifier` and `TextClassifier.load`. */
export const verb: Verb = {
  name: "classify",
  define(command, say, around) {
    command
      .summary(say({ en: "train a text classifier, or ask one", zh: "训练文本分类器，或用它分类" }))
      .description(
        say({
          en: "The label of a text, with confidence and the words that decided. `classify train` makes the classifier from examples.",
          zh: "给出文本的标签、置信度和起决定作用的词。`classify train` 从样本训练分类器。",
        }),
      )
      .argument("<model>", say({ en: "a file that `classify train` wrote", zh: "由 `classify train` 写出的文件" }))
      .argument("[text]", say({ en: "the text; - or none reads standard input, a text a line", zh: "文本；- 或省略时从标准输入读取，每行一条" }))
      .addOption(
        numberOption("--because <n>", say({ en: "words that decided, at most so many", zh: "最多列出的决定词数" }), {
          least: 0,
          most: 100,
          whole: true,
        }).default(5),
      )
      .addOption(new Option("--json", say({ en: "print one JSON object a text", zh: "每条文本输出一个 JSON 对象" })))
      .action((model: string, text: string | undefined, flags: AskFlags) => ask(model, text, flags, around));
    addTraining(command, say, around);
  },
};

function addTraining(command: Parameters<Verb["define"]>[0], say: Say, around: Surroundings): void {
  command
    .command("train")
    .description(say({ en: "Tries models by cross-validation, keeps the best and saves it.", zh: "以交叉验证比较模型，保留最好的并保存。" }))
    .argument("<data>", say({ en: "CSV, TSV, JSONL, JSON or Parquet", zh: "CSV、TSV、JSONL、JSON 或 Parquet 文件" }))
    .option("--text <column>", say({ en: "column of the text", zh: "文本列" }), "text")
    .option("--label <column>", say({ en: "column of the label", zh: "标签列" }), "label")
    .addOption(
      new Option("--model <name>", say({ en: "which model", zh: "模型" }))
        .choices(["auto", "naive-bayes", "logistic-regression", "linear-svm"])
        .default("auto"),
    )
    .addOption(numberOption("--folds <n>", say({ en: "folds of the trial", zh: "交叉验证折数" }), { least: 2, most: 100, whole: true }).default(5))
    .addOption(
      numberOption("--seed <n>", say({ en: "seed of everything random", zh: "随机种子" }), {
        least: 0,
        most: Number.MAX_SAFE_INTEGER,
        whole: true,
      }).default(0),
    )
    .option("--output <file>", say({ en: "where the classifier goes", zh: "分类器写入的文件" }), "classifier.json")
    .option("--report <file>", say({ en: "also write the report: .html, .md or .json", zh: "同时写出报告：.html、.md 或 .json" }))
    .option("--skip-bad", say({ en: "leave broken rows out and count them", zh: "跳过并统计坏行" }))
    .option("--force", say({ en: "replace files that are there", zh: "覆盖已有文件" }))
    .addOption(jsonOption(say))
    .action((data: string, flags: TrainFlags) => train(data, flags, around));
}

async function ask(path: string, given: string | undefined, { because, json }: AskFlags, { input, output, say }: Surroundings): Promise<void> {
  const { TextClassifier } = await import("../../pipelines/index.ts");
  const classifier = await TextClassifier.load(path);
  const texts = given === undefined || given === "-" ? (await readAll(input)).split(/\r?\n/).filter((line) => line.trim() !== "") : [given];
  if (texts.length === 0 || texts[0].trim() === "") throw new InkstoneError("E_INPUT_EMPTY", { what: { en: "the text", zh: "文本" } });
  for (const text of texts) {
    const answer = classifier.classify(text, { because });
    output.write(json ? `${JSON.stringify({ text, ...answer })}\n` : shown(line(answer, say), output));
  }
}

function line({ label, confidence, because = [] }: Classification, say: Say): string {
  const words = because.map(({ text, weight }) => `${text} ${weight > 0 ? "+" : "−"}${Math.abs(weight).toFixed(2)}`);
  return `${label}  ${(confidence * 100).toFixed(1)} %${words.length > 0 ? `  (${say({ en: "because of", zh: "依据" })}: ${words.join(", ")})` : ""}\n`;
}

async function train(data: string, flags: TrainFlags, around: Surroundings): Promise<void> {
  const { output, errors, signals, say, language } = around;
  const { refuseExisting } = await import("../outputs.ts");
  await refuseExisting([flags.output, ...(flags.report === undefined ? [] : [flags.report])], flags.force ?? false);
  const { evaluateTraining, readExamples, trainTextClassifier } = await import("../../pipelines/index.ts");
  const { evaluateClassification, reportAsText, reportFor } = await import("../../evaluate/index.ts");
  const { examples, skipped } = await readExamples(data, { text: flags.text, label: flags.label, skipBad: flags.skipBad, signal: signals.signal });
  const bar = new ProgressLine(errors);
  const onProgress = (fraction: number, model: TextModelName) =>
    isTerminal(errors) && bar.update(say({ en: `Trying ${model}`, zh: `正在尝试 ${model}` }), fraction, 1);
  const { model, folds, seed } = flags;
  try {
    const trained = await trainTextClassifier(examples, { model, folds, seed, signal: signals.signal, onProgress });
    bar.end();
    await trained.classifier.save(flags.output);
    const evaluation = evaluateClassification(evaluateTraining(examples, trained));
    const { card } = trained.classifier;
    if (flags.report !== undefined) await writeFileDurably(flags.report, reportFor(flags.report, evaluation, { language, card }));
    const tried = trained.tried.map(({ name, trial }) => ({
      model: name,
      accuracy: trial.metrics.accuracy.mean,
      macroF1: trial.metrics.macroF1.mean,
    }));
    if (flags.json)
      output.write(
        `${JSON.stringify({ output: flags.output, examples: examples.length, skipped: skipped.length, tried, report: evaluation.report })}\n`,
      );
    else
      output.write(
        shown(
          `${triedTable(tried)}\n${reportAsText(evaluation, { language, worst: 3 })}\n${summary(flags.output, examples.length, skipped.length, say)}`,
          output,
        ),
      );
  } finally {
    bar.end();
  }
}

function triedTable(tried: readonly { model: string; accuracy: number; macroF1: number }[]): string {
  const rows = tried.map(
    ({ model, accuracy, macroF1 }, i) => `${i === 0 ? "*" : " "} ${model.padEnd(20)} accuracy ${accuracy.toFixed(4)}  macro F1 ${macroF1.toFixed(4)}`,
  );
  return `${rows.join("\n")}\n`;
}

function summary(path: string, examples: number, skipped: number, say: Say): string {
  return say({
    en: `Saved to ${path}: learned from ${examples} examples${skipped > 0 ? `, ${skipped} broken rows left out` : ""}.\n`,
    zh: `已保存到 ${path}：使用 ${examples} 条样本${skipped > 0 ? `，跳过 ${skipped} 条坏行` : ""}。\n`,
  });
}

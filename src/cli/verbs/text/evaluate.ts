// inkstone evaluate MODEL DATA, or MODEL --tasks: how good a saved classifier is on data it may not have seen, or how good its kind is by cross-validation on that data.

import { counted, InkstoneError } from "../../../core/index.ts";
import { writeFileDurably } from "../../../formats/index.ts";
import { jsonOption, numberOption, precisionOption, seedOption, threadsOption } from "../../options.ts";
import { addTableOptions, formLine, type TableFlags, tableForm } from "../../tables.ts";
import { isTerminal, ProgressLine, type Surroundings, shown } from "../../terminal.ts";
import type { Verb } from "../verb.ts";
import { evaluateTasks, type TaskFlags } from "./evaluate-tasks.ts";

interface Flags extends TableFlags, TaskFlags {
  readonly text: string;
  readonly label: string;
  readonly folds?: number;
  readonly seed: number;
  readonly parallel: number;
  readonly resume?: string;
  readonly learningCurve?: boolean;
  readonly report?: string;
  readonly skipBad?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** The verb `evaluate`. Errors: E_IO_CREATE, E_RESUME, those of `readExamples`, `crossValidate` and `TextClassifier.load`. */
export const verb: Verb = {
  name: "evaluate",
  define(command, say, around) {
    command
      .summary(say({ en: "measure how good a classifier or a language model is", zh: "评测分类器或语言模型" }))
      .description(
        say({
          en: "Scores a saved classifier on data. With --folds its kind is trained anew on the data and tried by cross-validation. With --tasks a language model is measured as lm-evaluation-harness does it, on data sets at hand.",
          zh: "在数据上评测已保存的分类器。使用 --folds 时，以同类模型在该数据上重新训练并做交叉验证。使用 --tasks 时，按 lm-evaluation-harness 的方法在本地数据集上评测语言模型。",
        }),
      )
      .argument(
        "<model>",
        say({
          en: "a file that `classify train` wrote; with --tasks a language model",
          zh: "由 `classify train` 写出的文件；使用 --tasks 时为语言模型",
        }),
      )
      .argument("[data]", say({ en: "CSV, TSV, JSONL, JSON or Parquet", zh: "CSV、TSV、JSONL、JSON 或 Parquet 文件" }))
      .option("--text <column>", say({ en: "column of the text", zh: "文本列" }), "text")
      .option("--label <column>", say({ en: "column of the label", zh: "标签列" }), "label")
      .addOption(
        numberOption("--folds <n>", say({ en: "cross-validate with so many folds", zh: "交叉验证的折数" }), { least: 2, most: 100, whole: true }),
      )
      .addOption(seedOption(say, { en: "seed of the folds", zh: "分折的随机种子" }))
      .addOption(
        numberOption("--parallel <n>", say({ en: "folds at work at once", zh: "并行的折数" }), { least: 1, most: 64, whole: true }).default(1),
      )
      .option("--resume <file>", say({ en: "keeps finished folds in this file, and goes on from it", zh: "将已完成的折保存在此文件，并可从中继续" }))
      .option("--tasks <names>", say({ en: "tasks, between commas: arc-easy,piqa …", zh: "任务名，以逗号分隔：arc-easy,piqa 等" }))
      .addOption(numberOption("--limit <n>", say({ en: "most questions of a task", zh: "每个任务的最多题数" }), { least: 1, most: 1e9, whole: true }))
      .addOption(
        numberOption("--few-shot <n>", say({ en: "examples before each question", zh: "每题之前的示例数" }), { least: 0, most: 64, whole: true }),
      )
      .option("--data <folder>", say({ en: "the folder of data sets", zh: "数据集所在文件夹" }))
      .option("--adapter <dir>", say({ en: "of a language model: with what `finetune` wrote", zh: "语言模型：使用 `finetune` 写出的适配器" }))
      .option("--chat", say({ en: "what is written goes through the chat template", zh: "书写类任务使用对话模板" }))
      .option(
        "--baseline <report>",
        say({ en: "compare with this report (.json); exit 1 where a task fell", zh: "与此报告（.json）比较；有任务下降时退出码为 1" }),
      )
      .addOption(
        numberOption("--max-drop <points>", say({ en: "points that a task may fall", zh: "允许下降的百分点" }), { least: 0, most: 100 }).default(0),
      )
      .addOption(precisionOption(say))
      .addOption(threadsOption(say))
      .option("--learning-curve", say({ en: "also train on growing parts of the data", zh: "同时在逐渐增大的数据子集上训练" }))
      .option("--report <file>", say({ en: "also write the report: .html, .md or .json", zh: "同时写出报告：.html、.md 或 .json" }))
      .option("--skip-bad", say({ en: "leave broken rows out and count them", zh: "跳过并统计损坏的行" }))
      .option("--force", say({ en: "replace a report that is there", zh: "覆盖已有报告" }))
      .addOption(jsonOption(say));
    addTableOptions(command, say).action(async (model: string, data: string | undefined, flags: Flags) => {
      if (flags.tasks !== undefined && data === undefined) return evaluateTasks(model, flags, around);
      if (flags.tasks === undefined && data !== undefined) return evaluate(model, data, flags, around);
      const why = {
        en: "it needs either a data file (for a classifier) or --tasks (for a language model).",
        zh: "需要二者之一：数据文件（评测分类器）或 --tasks（评测语言模型）。",
      };
      throw new InkstoneError("E_USAGE", { why });
    });
  },
};

async function evaluate(path: string, data: string, flags: Flags, { output, errors, signals, say, language }: Surroundings): Promise<void> {
  const { refuseExisting } = await import("../../outputs.ts");
  await refuseExisting(flags.report === undefined ? [] : [flags.report], flags.force ?? false, [path, data]);
  const { answersOf, crossAnswersOf, learnedAmong, learningCurveOf, readExamples, TextClassifier } = await import("../../../pipelines/index.ts");
  const { evaluateClassification, refuseReportName, reportAsText, reportFor } = await import("../../../evaluate/index.ts");
  if (flags.report !== undefined) refuseReportName(flags.report);
  const classifier = await TextClassifier.load(path);
  const { text, label, skipBad, folds, seed, parallel, resume } = flags;
  const { signal } = signals;
  const { examples, skipped, form } = await readExamples(data, { ...tableForm(flags), text, label, skipBad, signal });
  const bar = new ProgressLine(errors);
  try {
    const onProgress = (done: number, all: number) => isTerminal(errors) && bar.update(say({ en: "Folds", zh: "交叉验证" }), done, all);
    const answers =
      folds === undefined
        ? await answersOf(classifier, examples, { signal })
        : await crossAnswersOf(classifier, examples, { folds, seed, parallel, progressFile: resume, signal, onProgress });
    const learningCurve = flags.learningCurve ? await learningCurveOf(classifier, examples, { seed, signal, onProgress }) : undefined;
    bar.end();
    errors.write(formLine(form, say));
    const texts = examples.map(({ text: one }) => one);
    const learned = folds === undefined ? learnedAmong(classifier.card, texts) : undefined;
    errors.write(learnedLine(learned, say));
    const evaluation = evaluateClassification({ ...answers, learningCurve });
    if (flags.report !== undefined) await writeFileDurably(flags.report, reportFor(flags.report, evaluation, { language, card: classifier.card }));
    if (flags.json) output.write(`${JSON.stringify({ ...evaluation, skipped: skipped.length, ...(learned === undefined ? {} : { learned }) })}\n`);
    else output.write(shown(`${reportAsText(evaluation, { language })}${skippedLine(skipped.length, say)}`, output));
  } finally {
    bar.end();
  }
}

// Scores on what was learned say how well a model remembers. A few chance hits of the filter are not told.
function learnedLine(learned: { readonly looked: number; readonly found: number } | undefined, say: Surroundings["say"]): string {
  if (learned === undefined || learned.found * 100 <= learned.looked) return "";
  const { looked, found } = learned;
  return say({
    en: `${found} of ${counted(looked, "row")} ${found === 1 ? "was" : "were"} learned by this classifier: these scores say how well it remembers, not how well it does on new texts (--folds tries it on unseen rows).\n`,
    zh: `${looked} 行中有 ${found} 行是此分类器训练时用过的：以下得分反映的是记忆，而非对新文本的效果（--folds 可在未见过的行上评测）。\n`,
  });
}

function skippedLine(skipped: number, say: Surroundings["say"]): string {
  return skipped === 0 ? "" : say({ en: `\n${counted(skipped, "broken row")} left out.\n`, zh: `\n跳过 ${skipped} 条损坏的行。\n` });
}

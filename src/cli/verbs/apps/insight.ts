// inkstone insight ROWS --text COLUMN --output REPORT: what reviews, posts and news say, with rows, intervals and tests.
import { counted, InkstoneError } from "../../../core/index.ts";
import { mostInput, readTextFile } from "../../input.ts";
import { isTerminal, ProgressLine, type Surroundings } from "../../terminal.ts";
import type { Verb } from "../verb.ts";

interface Flags {
  readonly text: string;
  readonly time?: string;
  readonly rating?: string;
  readonly segment?: string;
  readonly output: string;
  readonly since?: string;
  readonly force?: boolean;
}

/** The verb `insight`. Errors: E_USAGE, E_IO_CREATE, E_DATA_COLUMN, E_DATA_EMPTY, E_PACKAGE_MISSING, those of the table's reader. */
export const verb: Verb = {
  name: "insight",
  define(command, say, around) {
    command
      .summary(say({ en: "what reviews and posts say, with evidence", zh: "评论与帖子的洞察报告，附证据" }))
      .description(
        say({
          en: "Aspects with praise and blame, what rises and falls, what moves the rating, segments side by side. Each claim names its rows and its interval; what does not stand against chance is left out.",
          zh: "各方面褒贬、升降趋势、影响评分的因素与细分对比。每条结论注明所在行与区间；经不起检验的不予列出。",
        }),
      )
      .argument("<rows>", say({ en: "CSV, TSV, JSONL, JSON or Parquet", zh: "CSV、TSV、JSONL、JSON 或 Parquet 文件" }))
      .requiredOption("--text <column>", say({ en: "column of the text", zh: "文本列" }))
      .option("--time <column>", say({ en: "column of the time (2026-03-05)", zh: "时间列（如 2026-03-05）" }))
      .option("--rating <column>", say({ en: "column of the rating", zh: "评分列" }))
      .option("--segment <column>", say({ en: "column of the segment or competitor", zh: "细分或竞品列" }))
      .requiredOption("--output <report>", say({ en: "report: .md, .html, .docx or .json", zh: "报告文件：.md、.html、.docx 或 .json" }))
      .option("--since <report>", say({ en: "an earlier report (.json): what changed since", zh: "早先的报告（.json）：列出其后的变化" }))
      .option("--force", say({ en: "replace a file that is there", zh: "覆盖已有文件" }))
      .action((rows: string, flags: Flags) => run(rows, flags, around));
  },
};

async function run(
  path: string,
  { output: file, since, force = false, ...columns }: Flags,
  { output, errors, signals, say, language }: Surroundings,
): Promise<void> {
  const ending = /\.(md|html|docx|json)$/i.exec(file)?.[1].toLowerCase();
  if (ending === undefined)
    throw new InkstoneError("E_USAGE", {
      why: { en: "--output ends in .md, .html, .docx or .json.", zh: "--output 应以 .md、.html、.docx 或 .json 结尾。" },
    });
  const [
    { analyseRows, changesSince, insightDocx, insightHtml, insightMarkdown, parseInsight, readInsightRows },
    { refuseExisting },
    { writeFileDurably },
  ] = await Promise.all([import("../../../apps/index.ts"), import("../../outputs.ts"), import("../../../formats/index.ts")]);
  await refuseExisting([file], force);
  const earlier = since === undefined ? undefined : parseInsight(await readTextFile(since, mostInput), since);
  const bar = new ProgressLine(errors);
  const onProgress = ({ done, total }: { done: number; total: number }) =>
    isTerminal(errors) && bar.update(say({ en: "Reading", zh: "正在阅读" }), done, total);
  const { signal } = signals;
  const read = await readInsightRows(path, columns, { signal });
  const without = (column: string | undefined, key: "period" | "rating"): void => {
    const count = column === undefined ? 0 : read.filter((row) => row[key] === undefined).length;
    if (count > 0)
      errors.write(
        say({
          en: `${count} of ${counted(read.length, "row")} ${count === 1 ? "has" : "have"} nothing in "${column}" that can be read; ${count === 1 ? "it is" : "they are"} left out where it matters.\n`,
          zh: `${read.length} 行中有 ${count} 行的“${column}”列为空或无法识别，相关计算不包括这些行。\n`,
        }),
      );
  };
  without(columns.time, "period");
  without(columns.rating, "rating");
  const found = await analyseRows(read, { signal, onProgress }).finally(() => bar.end());
  const insight = earlier === undefined ? found : { ...found, changes: changesSince(earlier, found) };
  const content =
    ending === "md"
      ? insightMarkdown(insight, language)
      : ending === "html"
        ? insightHtml(insight, language)
        : ending === "json"
          ? `${JSON.stringify(insight)}\n`
          : await insightDocx(insight, language);
  await writeFileDurably(file, content);
  const { rows, aspects, trends, drivers } = insight;
  output.write(
    say({
      en: `${counted(rows, "row")}: ${counted(aspects.length, "aspect")}, ${counted(trends.length, "trend")}, ${counted(drivers.length, "driver")}. Report: ${file}\n`,
      zh: `${rows} 行：${aspects.length} 个方面，${trends.length} 个趋势，${drivers.length} 个影响因素。报告：${file}\n`,
    }),
  );
}

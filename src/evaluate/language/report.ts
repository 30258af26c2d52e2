// An evaluation of a language model as Markdown, as one HTML page, as JSON.
import type { Language } from "../../core/index.ts";
import { escapeSvg } from "../../plots/index.ts";
import { htmlPage } from "../page.ts";
import { evaluationTasks } from "../tasks/index.ts";
import type { LanguageEvaluation, TaskResult } from "./run.ts";
import type { Metric } from "./summary.ts";

interface Said {
  readonly title: string;
  readonly model: string;
  readonly head: readonly string[];
  readonly groups: string;
  readonly notes: string;
}

const words: Readonly<Record<Language, Said>> = {
  en: {
    title: "Evaluation of a language model",
    model: "Model",
    head: ["task", "questions", "examples", "metric", "value", "standard error", "95 % interval"],
    groups: "By group",
    notes:
      "Likelihoods as lm-evaluation-harness counts them; intervals: Wilson's for shares, else normal. Data sets may differ from the official splits.",
  },
  zh: {
    title: "语言模型评测",
    model: "模型",
    head: ["任务", "题数", "示例数", "指标", "数值", "标准误", "95 % 区间"],
    groups: "按组别",
    notes: "似然的计算方式同 lm-evaluation-harness；比例采用 Wilson 区间，其余为正态区间。数据集可能与官方划分不同。",
  },
};

const digits = (value: number): string => (Math.abs(value) >= 100 ? value.toFixed(2) : value.toFixed(4));
const interval = ({ interval: [low, high] }: Metric): string => `${digits(low)} – ${digits(high)}`;

/**
 * A row a metric, as texts: task, questions, examples, metric, value, standard error, interval.
 *
 * @example
 * evaluationRows({ model: "m", seed: 0, chat: false, seconds: 1, results: {} }); // []
 */
export function evaluationRows({ results }: LanguageEvaluation): string[][] {
  return Object.entries(results).flatMap(([task, { samples, fewShot, metrics }]) =>
    Object.entries(metrics).map(([name, metric]) => [
      task,
      String(samples),
      String(fewShot),
      name,
      digits(metric.value),
      digits(metric.stderr),
      interval(metric),
    ]),
  );
}

/**
 * The heads of `evaluationRows`.
 *
 * @example
 * evaluationHeads("en")[0]; // "task"
 */
export function evaluationHeads(language: Language): readonly string[] {
  return words[language].head;
}

const settings = ({ precision, seed, limit, chat, seconds }: LanguageEvaluation): string =>
  [precision, `seed ${seed}`, limit === undefined ? undefined : `limit ${limit}`, chat ? "chat" : undefined, `${seconds.toFixed(1)} s`]
    .filter((each) => each !== undefined)
    .join(", ");

const titleOf = (name: string, language: Language): string => evaluationTasks.find((task) => task.name === name)?.title[language] ?? name;
const grouped = (results: LanguageEvaluation["results"]) => Object.entries(results).filter(([, { groups }]) => groups !== undefined);
const groupRows = ({ groups = {} }: TaskResult): string[][] =>
  Object.entries(groups).map(([group, { samples, value }]) => [group, String(samples), digits(value)]);
const cell = (text: string): string => text.replace(/[\\|`*_<>[\]&]/g, "\\$&");
const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
const markdownTable = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [line(head), line(head.map(() => "---")), ...rows.map((row) => line(row.map(cell)))].join("\n");

/**
 * As Markdown.
 *
 * @example
 * const evaluation = { model: "m", seed: 0, chat: false, seconds: 1, results: {} };
 * languageReportAsMarkdown(evaluation).startsWith("# Evaluation"); // true
 */
export function languageReportAsMarkdown(evaluation: LanguageEvaluation, { language = "en" }: { readonly language?: Language } = {}): string {
  const say = words[language];
  const parts = [
    `# ${say.title}`,
    `${say.model}: ${cell(evaluation.model)} (${settings(evaluation)})`,
    markdownTable(say.head, evaluationRows(evaluation)),
  ];
  for (const [name, result] of grouped(evaluation.results))
    parts.push(`## ${say.groups}: ${titleOf(name, language)}`, markdownTable([say.groups, say.head[1], result.metric], groupRows(result)));
  return `${[...parts, say.notes].join("\n\n")}\n`;
}

const htmlTable = (head: readonly string[], rows: readonly (readonly string[])[]): string => {
  const row = (cells: readonly string[], tag: "th" | "td") => `<tr>${cells.map((text) => `<${tag}>${escapeSvg(text)}</${tag}>`).join("")}</tr>`;
  return `<table><thead>${row(head, "th")}</thead><tbody>${rows.map((cells) => row(cells, "td")).join("")}</tbody></table>`;
};

/**
 * As one HTML page: no scripts, nothing loaded from elsewhere.
 *
 * @example
 * const evaluation = { model: "<m>", seed: 0, chat: false, seconds: 1, results: {} };
 * languageReportAsHtml(evaluation).includes("&lt;m&gt;"); // true
 */
export function languageReportAsHtml(evaluation: LanguageEvaluation, { language = "en" }: { readonly language?: Language } = {}): string {
  const say = words[language];
  const groups = grouped(evaluation.results).map(
    ([name, result]) =>
      `<h2>${escapeSvg(`${say.groups}: ${titleOf(name, language)}`)}</h2>${htmlTable([say.groups, say.head[1], result.metric], groupRows(result))}`,
  );
  const body = `<p>${escapeSvg(`${say.model}: ${evaluation.model} (${settings(evaluation)})`)}</p>
${htmlTable(say.head, evaluationRows(evaluation))}
${groups.join("\n")}
<p>${say.notes}</p>`;
  return htmlPage(language, say.title, body);
}

/**
 * As the ending of a file's name asks for it: .html, .md, else JSON.
 *
 * @example
 * languageReportFor("r.json", { model: "m", seed: 0, chat: false, seconds: 1, results: {} }).includes('"formatVersion": 1'); // true
 */
export function languageReportFor(path: string, evaluation: LanguageEvaluation, options: { readonly language?: Language } = {}): string {
  if (/\.html?$/i.test(path)) return languageReportAsHtml(evaluation, options);
  if (/\.(md|markdown)$/i.test(path)) return languageReportAsMarkdown(evaluation, options);
  return `${JSON.stringify({ formatVersion: 1, kind: "language-evaluation", ...evaluation }, undefined, 2)}\n`;
}

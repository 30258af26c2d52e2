// An evaluation as text for a terminal, as Markdown, and as one HTML page with its pictures inside. Everything that came from data is escaped.
import { InkstoneError, type Language, shortened } from "../core/index.ts";
import { reportTable } from "../metrics/index.ts";
import { escapeSvg } from "../plots/index.ts";
import type { ClassificationEvaluation, WorstCase } from "./classification.ts";
import { htmlPage } from "./page.ts";
import { evaluationPlots } from "./plots.ts";
import { type ReportWords, reportWords } from "./words.ts";

/** How a report is written. */
export interface ReportOptions {
  /** Default "en". */
  readonly language?: Language;
  /** Worst cases shown. Default 10 as text, 50 elsewhere. */
  readonly worst?: number;
  /** Facts about the model, shown as they are. */
  readonly card?: Readonly<Record<string, unknown>>;
}

// Where a reader finds it: the line of the file, else the number of the example.
const placeOf = ({ row, line }: WorstCase, say: ReportWords): string => (line === undefined ? `${say.row} ${row}` : `${say.line} ${line}`);

const share = (value: number | undefined) => (value === undefined ? "" : value.toFixed(3));
const oneLine = (text: string, most: number) => shortened(text.replace(/[\s\p{Cc}]+/gu, " ").trim(), most);

// The filter of the learned rows is for `evaluate`, not for eyes.
function shownCard({ learned: _, ...card }: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return card;
}

/**
 * As plain text, for a terminal of 80 columns.
 *
 * @example
 * reportAsText(evaluateClassification({ texts: ["a"], truth: ["x"], predictions: ["x"] })).includes("No mistakes."); // true
 */
export function reportAsText(evaluation: ClassificationEvaluation, { language = "en", worst = 10 }: ReportOptions = {}): string {
  const say = reportWords(language);
  const lines = [reportTable(evaluation.report, { language, digits: 3 })];
  for (const [name, { mean, deviation }] of Object.entries(evaluation.folds ?? {}))
    lines.push(`${say.folds}${say.colon}${say.metrics[name] ?? name} ${mean.toFixed(4)} ± ${deviation.toFixed(4)}`);
  lines.push("", `${say.worst}${say.colon.trimEnd()}`);
  for (const each of evaluation.worst.slice(0, worst)) {
    lines.push(`  ${placeOf(each, say)}: ${each.truth} → ${each.predicted} ${share(each.confidence)}`, `    ${oneLine(each.text, 70)}`);
  }
  if (evaluation.worst.length === 0) lines.push(`  ${say.noMistakes}`);
  return `${lines.join("\n")}\n`;
}

const cell = (text: string) => text.replace(/[\\|`*_<>[\]&]/g, "\\$&");

/**
 * As Markdown.
 *
 * @example
 * reportAsMarkdown(evaluateClassification({ texts: ["a"], truth: ["x"], predictions: ["x"] })).includes("## Worst cases"); // true
 */
export function reportAsMarkdown(evaluation: ClassificationEvaluation, { language = "en", worst = 50, card }: ReportOptions = {}): string {
  const say = reportWords(language);
  const parts = [
    `# ${say.title}`,
    `${say.examples}${say.colon}${evaluation.examples}`,
    ["```", reportTable(evaluation.report, { language, digits: 3 }).trimEnd(), "```"].join("\n"),
  ];
  const folds = Object.entries(evaluation.folds ?? {});
  if (folds.length > 0) {
    const rows = folds.map(([name, { mean, deviation }]) => `| ${cell(say.metrics[name] ?? name)} | ${mean.toFixed(4)} | ${deviation.toFixed(4)} |`);
    parts.push(`## ${say.folds}`, [`| ${say.metric} | ${say.mean} | ${say.deviation} |`, "| --- | --- | --- |", ...rows].join("\n"));
  }
  parts.push(`## ${say.worst}`, evaluation.worst.length === 0 ? say.noMistakes : worstTable(evaluation.worst.slice(0, worst), say));
  if (card) parts.push(`## ${say.card}`, ["```json", JSON.stringify(shownCard(card), undefined, 2), "```"].join("\n"));
  return `${parts.join("\n\n")}\n`;
}

function worstTable(worst: readonly WorstCase[], say: ReportWords): string {
  const rows = worst.map(
    (each) =>
      `| ${placeOf(each, say)} | ${cell(String(each.truth))} | ${cell(String(each.predicted))} | ${share(each.confidence)} | ${cell(oneLine(each.text, 200))} |`,
  );
  return [`| ${say.place} | ${say.truth} | ${say.predicted} | ${say.confidence} | ${say.text} |`, "| --- | --- | --- | --- | --- |", ...rows].join(
    "\n",
  );
}

/**
 * As one HTML page: no scripts, nothing loaded from elsewhere.
 *
 * @example
 * reportAsHtml(evaluateClassification({ texts: ["<b>"], truth: ["x"], predictions: ["y"] })).includes("&lt;b&gt;"); // true
 */
export function reportAsHtml(evaluation: ClassificationEvaluation, { language = "en", worst = 50, card }: ReportOptions = {}): string {
  const say = reportWords(language);
  const plots = evaluationPlots(evaluation, say).map(({ name, svg }) => `<figure id="${name}">${svg}</figure>`);
  const head = [say.place, say.truth, say.predicted, say.confidence, say.text].map((name) => `<th>${name}</th>`).join("");
  const rows = evaluation.worst
    .slice(0, worst)
    .map((each) =>
      [placeOf(each, say), each.truth, each.predicted, share(each.confidence), each.text]
        .map((value) => `<td>${escapeSvg(String(value))}</td>`)
        .join(""),
    );
  const folds = Object.entries(evaluation.folds ?? {}).map(
    ([name, { mean, deviation }]) => `<li>${escapeSvg(say.metrics[name] ?? name)}${say.colon}${mean.toFixed(4)} ± ${deviation.toFixed(4)}</li>`,
  );
  const body = `<p>${say.examples}${say.colon}${evaluation.examples}</p>
<pre>${escapeSvg(reportTable(evaluation.report, { language, digits: 3 }))}</pre>
${folds.length > 0 ? `<h2>${say.folds}</h2><ul>${folds.join("")}</ul>` : ""}
<div class="plots">${plots.join("")}</div>
<h2>${say.worst}</h2>${rows.length === 0 ? `<p>${say.noMistakes}</p>` : `<table><thead><tr>${head}</tr></thead><tbody>${rows.map((row) => `<tr>${row}</tr>`).join("")}</tbody></table>`}
${card ? `<h2>${say.card}</h2><pre>${escapeSvg(JSON.stringify(shownCard(card), undefined, 2))}</pre>` : ""}`;
  return htmlPage(language, say.title, body);
}

/**
 * Refuses a name of a report by whose ending no one would know what is in it. Call it before the work.
 *
 * Errors: E_OPTION.
 *
 * @example
 * refuseReportName("r.pdf"); // throws E_OPTION
 */
export function refuseReportName(path: string): void {
  if (/\.(html?|md|markdown|json)$/i.test(path)) return;
  throw new InkstoneError("E_OPTION", {
    option: "report",
    value: path,
    allowed: { en: "names that end in .html, .md or .json", zh: "以 .html、.md 或 .json 结尾的文件名" },
  });
}

/**
 * The report as a file's ending asks for it: .html, .md, else JSON.
 *
 * @example
 * reportFor("r.md", evaluateClassification({ texts: ["a"], truth: ["x"], predictions: ["x"] })).startsWith("# Evaluation"); // true
 */
export function reportFor(path: string, evaluation: ClassificationEvaluation, options: ReportOptions = {}): string {
  if (/\.html?$/i.test(path)) return reportAsHtml(evaluation, options);
  if (/\.(md|markdown)$/i.test(path)) return reportAsMarkdown(evaluation, options);
  return `${JSON.stringify({ formatVersion: 1, ...evaluation, ...(options.card ? { card: shownCard(options.card) } : {}) }, undefined, 2)}\n`;
}

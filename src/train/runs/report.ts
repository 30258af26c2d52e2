// What a run says of itself: plots, a card with what it was trained on and what came of it, a report. Knows no training.
import { counted } from "../../core/index.ts";
import { linePlot } from "../../plots/index.ts";
import type { DataCheck } from "../recipe/check.ts";
import type { ShardFacts } from "../recipe/shards.ts";
import type { Recipe } from "../recipe/types.ts";
import type { LogEntry } from "./run-folder.ts";

/**
 * Curves of one or several runs over their steps, as SVG: training and validation of one, validation of several.
 *
 * @example
 * lossPlot([{ name: "a", log: [{ step: 1, loss: 2 }, { step: 2, loss: 1 }] }]).startsWith("<svg"); // true
 */
export function lossPlot(runs: readonly { readonly name: string; readonly log: readonly LogEntry[] }[], title = "loss"): string {
  const several = runs.length > 1;
  const series = runs.flatMap(({ name, log }) => {
    const before = several ? `${name}: ` : "";
    const [training, validation] = [thinned(pointsOf(log, "loss")), pointsOf(log, "validationLoss")];
    return [
      ...(training.length > 0 && !several ? [{ name: `${before}training`, points: training }] : []),
      ...(validation.length > 0 ? [{ name: `${before}validation`, points: validation }] : []),
    ];
  });
  return linePlot({ title, xLabel: "step", yLabel: "nats a token", series, dots: false });
}

/** The learning rate and the norm of the gradients over the steps of a run, as SVG. */
export function ratePlot(log: readonly LogEntry[]): string {
  const series = [
    { name: "gradient norm", points: thinned(pointsOf(log, "gradientNorm")) },
    { name: "learning rate x 100", points: thinned(pointsOf(log, "learningRate")).map(([step, rate]) => [step, rate * 100] as const) },
  ].filter(({ points }) => points.length > 0);
  return linePlot({ title: "gradients", xLabel: "step", yLabel: "", series, dots: false });
}

function pointsOf(log: readonly LogEntry[], field: "loss" | "validationLoss" | "gradientNorm" | "learningRate"): (readonly [number, number])[] {
  return log.flatMap((entry) => {
    const value = entry[field];
    return typeof value === "number" && Number.isFinite(value) ? [[entry.step, value] as const] : [];
  });
}

// Means of neighbours: at most so many points are drawn.
function thinned(points: readonly (readonly [number, number])[], most = 400): readonly (readonly [number, number])[] {
  const each = Math.ceil(points.length / most);
  if (each <= 1) return points;
  return Array.from({ length: Math.ceil(points.length / each) }, (_, i) => {
    const group = points.slice(i * each, (i + 1) * each);
    return [group[group.length - 1][0], group.reduce((sum, [, value]) => sum + value, 0) / group.length] as const;
  });
}

/** What a card tells. */
export interface CardFacts {
  readonly recipe: Recipe;
  readonly shards: ShardFacts;
  readonly parameters: number;
  readonly step: number;
  readonly seconds: number;
  readonly best: { readonly step: number; readonly loss: number; readonly bitsPerByte?: number } | undefined;
  readonly machine: Readonly<Record<string, string | number>>;
  readonly sample: string;
  readonly check: DataCheck | undefined;
  readonly log: readonly LogEntry[];
}

type Row = readonly [name: string, value: string | number];

function rowsOf({ recipe, shards, parameters, step, seconds, best, machine, log }: CardFacts): Row[] {
  const { watts, pricePerKilowattHour: price, budget } = recipe;
  const wattHours = (watts * seconds) / 3600;
  const money =
    budget.money === undefined ? [] : [["cost of the machine (by its hours)", ((budget.money.perHour * seconds) / 3600).toFixed(2)] as Row];
  const energy: Row[] = watts > 0 ? [[`energy (estimated from ${watts} W)`, `${wattHours.toFixed(1)} Wh`]] : [];
  const cost: Row[] = watts > 0 && price > 0 ? [["cost of energy (estimated)", ((wattHours / 1000) * price).toFixed(4)]] : [];
  const paces = log.flatMap(({ tokensPerSecond }) => (tokensPerSecond === undefined ? [] : [tokensPerSecond])).sort((a, b) => a - b);
  const answers = log.findLast(({ bleu }) => bleu !== undefined);
  const pace = paces[Math.floor(paces.length / 2)];
  return [
    ["architecture", `${recipe.model.architecture}, ${recipe.model.depth} layers`],
    ["parameters", parameters.toLocaleString("en-US")],
    ["training tokens", shards.train.tokens.toLocaleString("en-US")],
    ["digest of the training tokens", `\`${shards.train.digest.slice(0, 16)}\``],
    ["validation tokens", shards.validation.tokens.toLocaleString("en-US")],
    ["vocabulary", shards.vocabulary],
    ["steps", step],
    ["tokens seen", (step * recipe.batch.rows * recipe.batch.accumulate * recipe.model.contextLength).toLocaleString("en-US")],
    ...(best ? [["best validation loss", `${best.loss.toFixed(4)} nats a token (step ${best.step})`] as Row] : []),
    ...(best?.bitsPerByte === undefined ? [] : [["bits a byte", best.bitsPerByte.toFixed(4)] as Row]),
    ...(answers === undefined ? [] : [["BLEU, chrF of answers (last look)", `${answers.bleu?.toFixed(2)}, ${answers.chrF?.toFixed(2)}`] as Row]),
    ["time", `${seconds.toFixed(0)} s`],
    ...(pace === undefined
      ? []
      : [
          ["tokens a second (median)", pace] as Row,
          ["arithmetic (6 x parameters x tokens)", `${((6 * parameters * pace) / 1e9).toFixed(1)} GFLOP/s`] as Row,
        ]),
    ...energy,
    ...cost,
    ...money,
    ["seed", recipe.seed],
    ...Object.entries(machine),
  ];
}

function checkLines({ check }: CardFacts): string[] {
  if (check === undefined) return [];
  const { texts, all, duplicates, nearDuplicates, leaks, testTexts, validationLeaks, examples } = check;
  return [
    `- ${counted(texts, "text")} looked at${all ? "" : " (not all)"}: ${counted(duplicates, "duplicate")}, ${counted(nearDuplicates, "near duplicate")}`,
    ...(testTexts > 0 ? [`- ${leaks} of ${counted(testTexts, "test text")} ${leaks === 1 ? "stands" : "stand"} in the training texts`] : []),
    ...(validationLeaks > 0
      ? [`- ${counted(validationLeaks, "text")} ${validationLeaks === 1 ? "stands" : "stand"} in both shares of training and validation`]
      : []),
    ...examples.map(({ kind, text, like }) => `- ${kind}: “${text}” / “${like}”`),
  ];
}

const fenced = (text: string) => ["```text", text.replaceAll("```", "'''"), "```"];

/** The card of a run, in Markdown. */
export function modelCard(facts: CardFacts): string {
  const { recipe, sample } = facts;
  const checked = checkLines(facts);
  return [
    `# ${recipe.name}`,
    "",
    `A language model (${recipe.model.architecture}) trained from nothing. Everything needed to train it again is in \`recipe.json\`; \`log.jsonl\` has every step.`,
    "",
    "| | |",
    "| --- | --- |",
    ...rowsOf(facts).map(([name, value]) => `| ${name} | ${value} |`),
    "",
    "![loss](loss.svg)",
    "",
    ...(checked.length > 0 ? ["## Data", "", ...checked, ""] : []),
    "## A sample",
    "",
    ...fenced(sample),
    "",
  ].join("\n");
}

/** The looks of a run, one a row. */
function looksOf(log: readonly LogEntry[]): readonly (readonly [string, string, string, string])[] {
  return log.flatMap(({ step, validationLoss, bitsPerByte, seconds = 0 }) =>
    validationLoss === undefined ? [] : [[String(step), validationLoss.toFixed(4), bitsPerByte?.toFixed(4) ?? "", seconds.toFixed(0)] as const],
  );
}

const lookHead = ["step", "validation loss", "bits a byte", "seconds"] as const;

/** The report of a run, in Markdown: the card, every look at the validation data, what happened besides, the recipe. */
export function markdownReport(facts: CardFacts): string {
  const notes = facts.log.flatMap(({ step, note }) => (note === undefined ? [] : [`- step ${step}: ${note}`]));
  return [
    modelCard(facts),
    "![gradients](rate.svg)",
    "",
    "## Looks at the validation data",
    "",
    `| ${lookHead.join(" | ")} |`,
    "| --- | --- | --- | --- |",
    ...looksOf(facts.log).map((row) => `| ${row.join(" | ")} |`),
    "",
    ...(notes.length > 0 ? ["## What happened", "", ...notes, ""] : []),
    "## Recipe",
    "",
    "```json",
    JSON.stringify(facts.recipe, undefined, 2),
    "```",
    "",
  ].join("\n");
}

const escaped = (text: string | number) =>
  String(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
const style =
  "body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem}table{border-collapse:collapse}td,th{border-bottom:1px solid #ccc;padding:.2rem .8rem;text-align:left}pre{white-space:pre-wrap;background:#f5f5f5;padding:1rem}svg{max-width:100%}";

/** The same as one page of HTML, with its plots inside. */
export function htmlReport(facts: CardFacts, plots: { readonly loss: string; readonly rate: string }): string {
  const { recipe, sample, log } = facts;
  const table = (rows: readonly (readonly (string | number)[])[], head?: readonly string[]) =>
    `<table>${head ? `<tr>${head.map((cell) => `<th>${escaped(cell)}</th>`).join("")}</tr>` : ""}${rows
      .map((row) => `<tr>${row.map((cell) => `<td>${escaped(cell)}</td>`).join("")}</tr>`)
      .join("")}</table>`;
  const checked = checkLines(facts).map((line) => `<li>${escaped(line.slice(2))}</li>`);
  return [
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escaped(recipe.name)}</title><style>${style}</style></head><body>`,
    `<h1>${escaped(recipe.name)}</h1>`,
    table(rowsOf(facts)),
    `<h2>Loss</h2>${plots.loss}<h2>Gradients</h2>${plots.rate}`,
    checked.length > 0 ? `<h2>Data</h2><ul>${checked.join("")}</ul>` : "",
    `<h2>Looks at the validation data</h2>${table(looksOf(log), lookHead)}`,
    `<h2>A sample</h2><pre>${escaped(sample)}</pre>`,
    `<h2>Recipe</h2><pre>${escaped(JSON.stringify(recipe, undefined, 2))}</pre>`,
    "</body></html>\n",
  ].join("\n");
}

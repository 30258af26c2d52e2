// What a run says of itself: plots, a card with what it was trained on and what came of it. Knows no training.
import { linePlot } from "../../metrics/index.ts";
import type { Recipe } from "../recipe/recipe.ts";
import type { ShardFacts } from "../recipe/tokens.ts";
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
    const of = (field: "loss" | "validationLoss") =>
      log.flatMap((entry) => (entry[field] === undefined ? [] : [[entry.step, entry[field]] as const]));
    const [training, validation] = [thinned(of("loss")), of("validationLoss")];
    return [
      ...(training.length > 0 && !several ? [{ name: `${before}training`, points: training }] : []),
      ...(validation.length > 0 ? [{ name: `${before}validation`, points: validation }] : []),
    ];
  });
  return linePlot({ title, xLabel: "step", yLabel: "nats a token", series, dots: false });
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
}

/** The card of a run, in Markdown. */
export function modelCard({ recipe, shards, parameters, step, seconds, best, machine, sample }: CardFacts): string {
  const row = (name: string, value: string | number) => `| ${name} | ${value} |`;
  const energy = recipe.watts > 0 ? [row(`energy (estimated from ${recipe.watts} W)`, `${((recipe.watts * seconds) / 3600).toFixed(1)} Wh`)] : [];
  return [
    `# ${recipe.name}`,
    "",
    `A language model (${recipe.model.architecture}) trained from nothing. Everything needed to train it again is in \`recipe.json\`; \`log.jsonl\` has every step.`,
    "",
    "| | |",
    "| --- | --- |",
    row("parameters", parameters.toLocaleString("en-US")),
    row("training tokens", shards.train.tokens.toLocaleString("en-US")),
    row("digest of the training tokens", `\`${shards.train.digest.slice(0, 16)}\``),
    row("vocabulary", shards.vocabulary),
    row("steps", step),
    row("tokens seen", (step * recipe.batch.rows * recipe.batch.accumulate * recipe.model.contextLength).toLocaleString("en-US")),
    ...(best ? [row("best validation loss", `${best.loss.toFixed(4)} nats a token (step ${best.step})`)] : []),
    ...(best?.bitsPerByte === undefined ? [] : [row("bits a byte", best.bitsPerByte.toFixed(4))]),
    row("time", `${seconds.toFixed(0)} s`),
    ...energy,
    row("seed", recipe.seed),
    ...Object.entries(machine).map(([name, value]) => row(name, value)),
    "",
    "![loss](loss.svg)",
    "",
    "## A sample",
    "",
    "```text",
    sample.replaceAll("```", "'''"),
    "```",
    "",
  ].join("\n");
}

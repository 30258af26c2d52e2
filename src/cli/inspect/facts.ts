// What is inside a model, as lines for a person. Knows no files.
import { counted, type Words } from "../../core/index.ts";
import type { Inspected, InspectedWeight } from "../../pipelines/index.ts";
import type { Say } from "../options.ts";
import { displayWidth } from "../terminal.ts";

/** Labels that are told in lines. */
const MOST_LABELS = 20;

// What a classifier's settings and card say, in words.
const told: Readonly<Record<string, (value: string | number | boolean) => Words>> = {
  labels: (value) => ({ en: counted(Number(value), "label"), zh: `${value} 个标签` }),
  features: (value) => ({ en: counted(Number(value), "feature"), zh: `${value} 个特征` }),
  examples: (value) => ({ en: `learned from ${counted(Number(value), "example")}`, zh: `由 ${value} 个样本训练` }),
  folds: (value) => ({ en: `tried in ${counted(Number(value), "fold")}`, zh: `${value} 折交叉验证` }),
  accuracy: (value) => ({ en: `accuracy there ${Number(value).toFixed(4)}`, zh: `准确率 ${Number(value).toFixed(4)}` }),
  language: (value) => ({ en: `language ${value}`, zh: `语言 ${value}` }),
};

/** Parameters, settings, vocabularies, and a table of the weights. */
export function factsText({ facts, summary }: Inspected, say: Say): string {
  const { name, kind, parameters, settings, vocabularies, weights, labels = [] } = facts;
  const what = kind === "text-classifier" ? say({ en: "text classifier", zh: "文本分类器" }) : kind;
  const lines = [
    say({ en: `${name}: ${what}, ${counted(parameters, "parameter", count(parameters))}`, zh: `${name}：${what}，${count(parameters)} 个参数` }),
  ];
  const known = Object.entries(settings).map(([key, value]) => say(told[key]?.(value) ?? { en: `${key} ${value}`, zh: `${key} ${value}` }));
  if (known.length > 0) lines.push(`  ${known.join(" · ")}`);
  for (const vocabulary of vocabularies) {
    const first = vocabulary.first.map((token) => token.trim() || JSON.stringify(token)).join(" ");
    lines.push(
      say({
        en: `  ${vocabulary.name}: ${counted(vocabulary.size, "token", count(vocabulary.size))}, vectors of ${vocabulary.width} (${first} …)`,
        zh: `  ${vocabulary.name}：${count(vocabulary.size)} 个词元，向量宽 ${vocabulary.width}（${first} …）`,
      }),
    );
  }
  if (labels.length > 0) {
    const seen = labels
      .slice(0, MOST_LABELS)
      .map(({ label, count: examples }) => (examples === undefined ? String(label) : `${label} (${examples})`));
    const more = labels.length - seen.length;
    const rest = more > 0 ? say({ en: `, and ${more} more`, zh: `，另有 ${more} 个` }) : "";
    const areCounted = labels[0].count !== undefined;
    const [en, zh] = areCounted ? ["labels, with their examples", "标签（样本数）"] : ["labels", "标签"];
    lines.push(say({ en: `  ${en}: ${seen.join(", ")}${rest}`, zh: `  ${zh}：${seen.join("、")}${rest}` }));
  }
  return `${[...lines, "", ...(summary ? summary.split("\n") : weightLines(weights, say))].join("\n")}\n`;
}

function weightLines(weights: readonly InspectedWeight[], say: Say): string[] {
  const head = [
    say({ en: "Weight", zh: "权重" }),
    say({ en: "Shape", zh: "形状" }),
    say({ en: "Type", zh: "类型" }),
    say({ en: "Parameters", zh: "参数量" }),
  ];
  const rows = weights.map(({ name, shape, type, count: times, parameters }) => [
    times > 1 ? `${name} ×${times}` : name,
    `[${shape.join(", ")}]`,
    type,
    count(parameters),
  ]);
  const widths = head.map((title, i) => Math.max(displayWidth(title), ...rows.map((row) => displayWidth(row[i]))));
  const fill = (text: string, i: number) => " ".repeat(widths[i] - displayWidth(text));
  return [head, ...rows].map((row) => row.map((cell, i) => (i === 3 ? fill(cell, i) + cell : cell + fill(cell, i))).join("  "));
}

const count = (value: number): string => value.toLocaleString("en-US");

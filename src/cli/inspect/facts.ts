// What is inside a model, as lines for a person. Knows no files.
import type { Inspected, InspectedWeight } from "../../pipelines/index.ts";
import type { Say } from "../options.ts";
import { displayWidth } from "../terminal.ts";

/** Parameters, settings, vocabularies, and a table of the weights. */
export function factsText({ facts, summary }: Inspected, say: Say): string {
  const { name, kind, parameters, settings, vocabularies, weights } = facts;
  const lines = [say({ en: `${name}: ${kind}, ${count(parameters)} parameters`, zh: `${name}：${kind}，${count(parameters)} 个参数` })];
  const known = Object.entries(settings).map(([key, value]) => `${key} ${value}`);
  if (known.length > 0) lines.push(`  ${known.join(" · ")}`);
  for (const vocabulary of vocabularies) {
    const first = vocabulary.first.map((token) => token.trim() || JSON.stringify(token)).join(" ");
    lines.push(
      say({
        en: `  ${vocabulary.name}: ${count(vocabulary.size)} tokens, vectors of ${vocabulary.width} (${first} …)`,
        zh: `  ${vocabulary.name}：${count(vocabulary.size)} 个词元，向量宽 ${vocabulary.width}（${first} …）`,
      }),
    );
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

// What `inspect` draws: maps, attention, reasons. Pictures as text; writes nothing.
import { counted, InkstoneError } from "../../core/index.ts";
import type { SequenceAttention, SourceAttribution } from "../../pipelines/index.ts";
import { heatMap, scatterPlot, textHeat } from "../../plots/index.ts";
import type { Say } from "../options.ts";
import type { FoundVectors } from "./vectors.ts";

/** Named vectors on the two directions in which they differ most. */
export function mapPicture({ vectors, what }: FoundVectors, name: string, say: Say): { svg: string; explained: readonly number[] } {
  const { rows, explained } = vectors.map();
  const points = rows.map(([x, y = 0], i) => ({ name: vectors.names[i].trim(), x, y }));
  const share = (i: number) => `${((explained[i] ?? 0) * 100).toFixed(0)} %`;
  const title =
    what === "tokens" ? say({ en: `Words of ${name}`, zh: `${name} 的词` }) : say({ en: `Sentences by ${name}`, zh: `${name} 眼中的句子` });
  const axis = (i: number) => say({ en: `component ${i + 1} (${share(i)} of the variance)`, zh: `第 ${i + 1} 主成分（方差占比 ${share(i)}）` });
  return { svg: scatterPlot({ title, points, xLabel: axis(0), yLabel: axis(1) }), explained };
}

/** Attention of one head, or the mean of all, in a layer. Errors: E_OPTION for a layer or head that is not there. */
export function attentionPicture(
  { source, target, weights }: SequenceAttention,
  layer: number | undefined,
  head: number | undefined,
  say: Say,
): { svg: string; layer: number; values: number[][] } {
  const last = weights.length - 1;
  if (layer !== undefined && layer > last)
    throw new InkstoneError("E_OPTION", { option: "--layer", value: layer, allowed: { en: `0 to ${last}`, zh: `0 到 ${last}` } });
  const chosen = layer ?? last;
  const heads = weights[chosen];
  if (head !== undefined && head >= heads.length)
    throw new InkstoneError("E_OPTION", {
      option: "--head",
      value: head,
      allowed: { en: `0 to ${heads.length - 1}`, zh: `0 到 ${heads.length - 1}` },
    });
  const used = head === undefined ? heads : [heads[head]];
  const values = target.map((_, t) => source.map((__, s) => used.reduce((sum, rows) => sum + rows[t][s], 0) / used.length));
  const whose =
    head === undefined
      ? heads.length > 1
        ? say({ en: `mean of ${counted(heads.length, "head")}`, zh: `${heads.length} 个头的平均` })
        : ""
      : say({ en: `head ${head}`, zh: `头 ${head}` });
  const title = [say({ en: `Attention, layer ${chosen}`, zh: `注意力，第 ${chosen} 层` }), whose]
    .filter((part) => part !== "")
    .join(say({ en: ", ", zh: "，" }));
  return { svg: heatMap({ title, values, rows: target, columns: source }), layer: chosen, values };
}

/** What spoke for each written token; for one answer: the text, shaded. */
export function whyPicture({ source, target, weights }: SourceAttribution, say: Say): string {
  if (target.length === 1) {
    return textHeat({
      title: say({ en: `Why ${target[0]}: blue for it, orange against`, zh: `${target[0]} 的依据：蓝色支持，橙色反对` }),
      words: source,
      weights: weights[0],
    });
  }
  return heatMap({
    title: say({ en: "Why each word was written: blue for it, orange against", zh: "每个写出的词的依据：蓝色支持，橙色反对" }),
    values: weights,
    rows: target,
    columns: source,
  });
}

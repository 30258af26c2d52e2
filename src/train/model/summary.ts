// summary: Keras's table of layers, their outputs and parameters.
import type { Layer } from "../../nn/index.ts";
import type { Shape, Tensor } from "../../tensor/index.ts";

interface Summed {
  readonly name: string;
  readonly layers: readonly Layer[];
  parameters(): readonly { readonly size: number }[];
  trainableParameters(): readonly Tensor[];
  /** Shapes of one example behind each layer, where they are known. */
  layerShapes?(): readonly (Shape | undefined)[];
}

/** The table, with the counts below it. */
export function layersTable(model: Summed): string {
  const shapes = model.layerShapes?.() ?? [];
  const rows = model.layers.map((layer, i) => [
    `${layer.name} (${layer.constructor.name})`,
    shapes[i] ? `(${["None", ...shapes[i]].join(", ")})` : "?",
    layer.built || layer.parameterCount > 0 ? count(layer.parameterCount) : "0 (unbuilt)",
  ]);
  const all = model.parameters().reduce((sum, { size }) => sum + size, 0);
  const trained = model.trainableParameters().reduce((sum, { size }) => sum + size, 0);
  return [
    `Model: "${model.name}"`,
    ...table(["Layer (type)", "Output Shape", "Param #"], rows),
    ` Total params: ${sized(all)}`,
    ` Trainable params: ${sized(trained)}`,
    ` Non-trainable params: ${sized(all - trained)}`,
  ].join("\n");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const least = [33, 24, 15];
  const widths = head.map((cell, i) => Math.max(least[i] - 2, cell.length, ...rows.map((row) => row[i].length)));
  const line = (left: string, fill: string, middle: string, right: string) =>
    `${left}${widths.map((width) => fill.repeat(width + 2)).join(middle)}${right}`;
  const cells = (row: readonly string[], edge: string) =>
    `${edge}${row.map((cell, i) => ` ${i === 2 ? cell.padStart(widths[i]) : cell.padEnd(widths[i])} `).join(edge)}${edge}`;
  const body = rows.map((row) => cells(row, "│"));
  return [
    line("┏", "━", "┳", "┓"),
    cells(head, "┃"),
    line("┡", "━", "╇", "┩"),
    ...body.flatMap((row, i) => (i === 0 ? [row] : [line("├", "─", "┼", "┤"), row])),
    line("└", "─", "┴", "┘"),
  ];
}

const count = (value: number): string => value.toLocaleString("en-US");

// The size in memory, in f32.
function sized(values: number): string {
  const units = ["B", "KB", "MB", "GB"];
  const bytes = values * 4;
  const step = Math.min(units.length - 1, bytes === 0 ? 0 : Math.floor(Math.log2(bytes) / 10));
  return `${count(values)} (${(bytes / 1024 ** step).toFixed(2)} ${units[step]})`;
}

// From an architecture's own names to those of a file. Knows no files.

/** Own name -> name in the file, both without `.weight` or `.bias`; `{i}` for the layer. */
export type NameTable = Readonly<Record<string, string>>;

/**
 * The name in a file of one of the architecture's own; undefined where the file has no such thing.
 *
 * @example
 * fileName({ "layers.{i}.attention.query": "blk.{i}.attn_q" }, "layers.3.attention.query.weight"); // "blk.3.attn_q.weight"
 */
export function fileName(table: NameTable, own: string): string | undefined {
  const [, part, suffix] = /^(.*)\.(weight|bias)$/.exec(own) ?? ["", own, ""];
  const index = /(?:^|\.)(\d+)\./.exec(part)?.[1] ?? "";
  const pattern = table[index === "" ? part : part.replace(index, "{i}")];
  return pattern === undefined ? undefined : `${pattern.replace("{i}", index)}${suffix && `.${suffix}`}`;
}

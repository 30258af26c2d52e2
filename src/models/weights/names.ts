// From an architecture's own names to those of a file. Knows no files.

/** Own name -> name in the file, both without `.weight` or `.bias`; `{i}` for the layer. */
export type NameTable = Readonly<Record<string, string>>;

/**
 * The architecture's own name of one in a file; undefined where the table has no such thing. Of two own names for the same the first counts.
 *
 * @example
 * ownName({ "layers.{i}.attention.query": "blk.{i}.attn_q" }, "blk.3.attn_q.weight"); // "layers.3.attention.query.weight"
 */
export function ownName(table: NameTable, name: string): string | undefined {
  const [, part, suffix] = /^(.*)\.(weight|bias)$/.exec(name) ?? ["", name, ""];
  const index = /(?:^|\.)(\d+)\./.exec(part)?.[1] ?? "";
  const pattern = index === "" ? part : part.replace(index, "{i}");
  const own = Object.keys(table).find((key) => table[key] === pattern);
  return own === undefined ? undefined : `${own.replace("{i}", index)}${suffix && `.${suffix}`}`;
}

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

// JSON Lines: one JSON value a line. Knows nothing of what the values mean.
import { dataLimits, InkstoneError, jsonDepthOffset, jsonErrorOffset } from "../../core/index.ts";
import { LineReader } from "./lines.ts";
import { type PlacedRow, type RowOptions, type RowReader, type RowSettings, rowSettings } from "./row.ts";

/**
 * The JSON values of lines; blank lines are passed over.
 *
 * Errors (thrown, or handed to `onBadRow` and the line left out): E_DATA_ROW with line and column for what is not JSON, E_DATA_DEPTH for more than 64
 * levels, and those of `LineReader`. Source: jsonlines.org.
 *
 * @example
 * [...new JsonLineReader().push(Buffer.from('{"text": "ink"}\n'))]; // [{ value: { text: "ink" }, line: 1 }]
 * [...new JsonLineReader({ file: "a.jsonl" }).push(Buffer.from("{}\n\n{oops}\n"))]; // throws E_DATA_ROW
 */
export class JsonLineReader implements RowReader<unknown> {
  readonly #lines: LineReader;
  readonly #settings: RowSettings;

  constructor(options: RowOptions = {}) {
    this.#lines = new LineReader(options);
    this.#settings = rowSettings(options);
  }

  *push(piece: Uint8Array): Generator<PlacedRow<unknown>> {
    yield* this.#values(this.#lines.push(piece));
  }

  *end(): Generator<PlacedRow<unknown>> {
    yield* this.#values(this.#lines.end());
  }

  *#values(lines: Iterable<PlacedRow<string>>): Generator<PlacedRow<unknown>> {
    for (const { value: text, line } of lines) {
      if (text === "" || text.trim() === "") continue;
      const value = parseJson(text, { line, column: 1 }, this.#settings);
      if (value !== undefined) yield { value, line };
    }
  }
}

interface Place {
  readonly line: number;
  readonly column: number;
}

/** Parses a JSON text that begins at a place; undefined when it is broken and was refused. */
export function parseJson(text: string, from: Place, { file, refuse }: RowSettings): unknown {
  const deep = jsonDepthOffset(text, dataLimits.jsonDepth);
  if (deep >= 0) {
    refuse(new InkstoneError("E_DATA_DEPTH", { file, ...placeIn(text, deep, from), limit: dataLimits.jsonDepth }));
    return undefined;
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    const place = placeIn(text, jsonErrorOffset(text), from);
    refuse(new InkstoneError("E_DATA_ROW", { file, ...place, why: { en: "this is not JSON", zh: "不是有效的 JSON" } }, { cause }));
    return undefined;
  }
}

// The place of an offset in a text that may run over several lines.
function placeIn(text: string, offset: number, { line, column }: Place): Place {
  const before = text.slice(0, offset);
  const newlines = before.split("\n").length - 1;
  return newlines === 0 ? { line, column: column + offset } : { line: line + newlines, column: offset - before.lastIndexOf("\n") };
}

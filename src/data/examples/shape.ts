// Values of foreign files as hostile data: what they must be, told by their path when they are not. Knows no formats.
import { InkstoneError } from "../../core/index.ts";

/** A JSON object. */
export type Plain = Readonly<Record<string, unknown>>;

/** E_DATA_SHAPE with what was expected at a place. */
export const shapeError = (where: string, en: string, zh: string): InkstoneError => new InkstoneError("E_DATA_SHAPE", { where, why: { en, zh } });

/** An object. Errors: E_DATA_SHAPE. */
export function asObject(value: unknown, where: string): Plain {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Plain;
  throw shapeError(where, "an object was expected", "此处应为对象");
}

/** A list. Errors: E_DATA_SHAPE. */
export function asList(value: unknown, where: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw shapeError(where, "a list was expected", "此处应为列表");
}

/** A text. Errors: E_DATA_SHAPE. */
export function asText(value: unknown, where: string): string {
  if (typeof value === "string") return value;
  throw shapeError(where, "a text was expected", "此处应为文本");
}

/** A whole number from 0. Errors: E_DATA_SHAPE. */
export function asIndex(value: unknown, where: string): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw shapeError(where, "a whole number from 0 was expected", "此处应为非负整数");
}

/** What `make` gives; its E_DATA_SHAPE has the place before its path: "rows.jsonl:3: messages[0].role". */
export function atPlace<Made>(place: string, make: () => Made): Made {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof InkstoneError && error.code === "E_DATA_SHAPE")) throw error;
    const { where, why } = error.parameters as { where: string; why: { en: string; zh: string } };
    throw new InkstoneError("E_DATA_SHAPE", { where: `${place}: ${where}`, why }, { cause: error });
  }
}

/**
 * Examples made of placed rows: what one row gives, with its place before the path of an error. A broken row is thrown, or handed over and left out.
 */
export async function* examplesOf<Example>(
  rows: AsyncIterable<{ value: unknown; line: number }>,
  make: (value: unknown) => Iterable<Example>,
  { file, onBadRow }: { file: string; onBadRow?: (error: InkstoneError) => void },
): AsyncGenerator<Example> {
  for await (const { value, line } of rows) {
    let examples: Example[];
    try {
      examples = atPlace(`${file}:${line}`, () => [...make(value)]);
    } catch (error) {
      if (onBadRow === undefined || !(error instanceof InkstoneError && error.code === "E_DATA_SHAPE")) throw error;
      onBadRow(error);
      continue;
    }
    yield* examples;
  }
}

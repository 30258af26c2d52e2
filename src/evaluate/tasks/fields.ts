// Fields of rows, checked: a data set in another form is refused by name, not misread.
import { InkstoneError } from "../../core/index.ts";

type Row = Readonly<Record<string, unknown>>;

const wrong = (field: string, en: string, zh: string) =>
  new InkstoneError("E_DATA_SHAPE", { where: field, why: { en: `it is not ${en}`, zh: `它不是${zh}` } });

/** A text. Errors: `E_DATA_SHAPE`. */
export function textOf(row: Row, field: string): string {
  const value = row[field];
  if (typeof value !== "string") throw wrong(field, "a text", "文本");
  return value;
}

/** A list of texts. Errors: `E_DATA_SHAPE`. */
export function textsOf(row: Row, field: string): readonly string[] {
  const value = row[field];
  if (!Array.isArray(value) || value.length === 0 || !value.every((one) => typeof one === "string"))
    throw wrong(field, "a list of texts", "文本列表");
  return value;
}

/** The index of one of `count` things, as a number or as digits. Errors: `E_DATA_SHAPE`. */
export function indexOf(row: Row, field: string, count: number): number {
  const value = Number(row[field]);
  if (!Number.isInteger(value) || value < 0 || value >= count)
    throw wrong(field, `a whole number from 0 to ${count - 1}`, `0 到 ${count - 1} 的整数`);
  return value;
}

// Values of a parsed JSON file as hostile data: what is an object, and how a value is named in an error. Knows no tokenizer.

/** A JSON object. */
export type Plain = Readonly<Record<string, unknown>>;

/** Whether a value is a JSON object: neither null nor a list. */
export const isPlain = (value: unknown): value is Plain => typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * A value in words: texts, numbers, booleans and null as they are. Objects and lists are only named: turning them into text could recurse without end.
 *
 * @example
 * inWords([[1]]); // "a list"
 */
export function inWords(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" && value !== null ? "an object" : String(value);
}

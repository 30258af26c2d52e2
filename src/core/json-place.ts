// Where a text stops being JSON. JSON.parse says so differently in every version of the engine, and quotes the text; this says line and column.

type Expected = "value" | "value or ]" | "key" | "key or }" | "colon" | "comma" | "nothing";

const literal = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
const escaped = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

const [QUOTE, BACKSLASH, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = Buffer.from('"\\[]{}');

/** End of the string whose quote is at `from`, or minus the place of what is wrong with it, minus one. */
function stringEnd(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at++) {
    const character = text[at];
    if (character === '"') return at + 1;
    if (character < " ") return -at - 1;
    if (character !== "\\") continue;
    escaped.lastIndex = at;
    if (!escaped.test(text)) return -at - 1;
    at = escaped.lastIndex - 1;
  }
  return -text.length - 1;
}

/** Walks the grammar with a list of open brackets; gives the offset of the first character that does not fit. */
function firstMisfit(text: string): number {
  const open: string[] = [];
  let expected: Expected = "value";
  const afterValue = (): Expected => (open.length > 0 ? "comma" : "nothing");
  for (let at = 0; at < text.length; ) {
    const character = text[at];
    const wantsValue: boolean = expected === "value" || expected === "value or ]";
    if (" \t\n\r".includes(character)) at++;
    else if (wantsValue && (character === "{" || character === "[")) {
      open.push(character);
      expected = character === "{" ? "key or }" : "value or ]";
      at++;
    } else if (character === "}" || character === "]") {
      const fits = expected === "comma" || expected === (character === "}" ? "key or }" : "value or ]");
      if (!fits || open.pop() !== (character === "}" ? "{" : "[")) return at;
      expected = afterValue();
      at++;
    } else if (character === "," && expected === "comma") {
      expected = open[open.length - 1] === "{" ? "key" : "value";
      at++;
    } else if (character === ":" && expected === "colon") {
      expected = "value";
      at++;
    } else if (character === '"' && (wantsValue || expected.startsWith("key"))) {
      const end = stringEnd(text, at);
      if (end < 0) return -end - 1;
      expected = wantsValue ? afterValue() : "colon";
      at = end;
    } else {
      literal.lastIndex = at;
      if (!wantsValue || !literal.test(text)) return at;
      expected = afterValue();
      at = literal.lastIndex;
    }
  }
  return text.length;
}

/**
 * Offset of the first character that does not fit; the length of a text that only stops too early.
 *
 * @example
 * jsonErrorOffset('{"a": }'); // 6
 */
export function jsonErrorOffset(text: string): number {
  return firstMisfit(text);
}

/** Line and column, both from 1, of an offset. */
function placeOf(text: string, offset: number): string {
  let line = 1;
  let start = 0;
  for (let end = text.indexOf("\n"); end >= 0 && end < offset; end = text.indexOf("\n", start)) {
    line++;
    start = end + 1;
  }
  return `${line}:${offset - start + 1}`;
}

/**
 * Line and column (both from 1) of the first character that does not fit.
 *
 * @example
 * jsonErrorPlace('{\n "a": }'); // "2:7"
 */
export function jsonErrorPlace(text: string): string {
  return placeOf(text, firstMisfit(text));
}

/**
 * Line and column of the first bracket that is nested deeper than `limit`, undefined where none is. Looked for before JSON.parse, which
 * spends some forty bytes on every open bracket.
 *
 * @example
 * jsonTooDeep("[[[", 2); // "1:3"
 */
export function jsonTooDeep(text: string, limit: number): string | undefined {
  const offset = jsonDepthOffset(text, limit);
  return offset < 0 ? undefined : placeOf(text, offset);
}

/**
 * Offset of the first bracket that is nested deeper than `limit`, -1 where none is.
 *
 * @example
 * jsonDepthOffset("[[[", 2); // 2
 */
export function jsonDepthOffset(text: string, limit: number): number {
  if (fewBrackets(text, limit)) return -1;
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) quoted = !quoted;
    else if (quoted) at += unit === BACKSLASH ? 1 : 0;
    else if (unit === OPEN_LIST || unit === OPEN_OBJECT) {
      if (++depth > limit) return at;
    } else if (unit === CLOSE_LIST || unit === CLOSE_OBJECT) depth--;
  }
  return -1;
}

// Most rows of data hold a bracket or two: found by the engine's own search, many times faster than a walk.
function fewBrackets(text: string, limit: number): boolean {
  let left = limit;
  for (const bracket of "[{") for (let at = text.indexOf(bracket); at >= 0; at = text.indexOf(bracket, at + 1)) if (--left < 0) return false;
  return true;
}

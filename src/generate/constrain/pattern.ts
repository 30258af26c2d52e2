// Regular expressions as JSON Schema writes them (ECMAScript, with the u flag), for an engine that reads Rust's and runs in linear time. What would mean something else there is refused.

/** Why a pattern cannot be used: "feature" is what it asks for. */
export type PatternFault = { readonly feature: string };

const classes: Readonly<Record<string, string>> = {
  d: "0-9",
  w: "0-9A-Za-z_",
  s: " \\t\\n\\r\\f\\v\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}\\x{feff}",
};
const plainEscapes = "fnrtv";

/**
 * A pattern in Rust's words, or what it asks for that cannot be done.
 *
 * @example
 * translatePattern("^\\d{3}$"); // "^[0-9]{3}$"
 * translatePattern("a(?=b)"); // { feature: "(?=" }
 */
export function translatePattern(pattern: string): string | PatternFault {
  let made = "";
  let inside = false;
  for (let at = 0; at < pattern.length; ) {
    const c = pattern[at];
    const part = c === "\\" ? escaped(pattern, at, inside) : inside ? inClass(pattern, at) : outside(pattern, at);
    if ("feature" in part) return part;
    if (c === "[" && !inside) inside = true;
    else if (c === "]" && inside) inside = false;
    made += part.made;
    at += part.length;
  }
  return inside ? { feature: "[" } : made;
}

type Part = { readonly made: string; readonly length: number } | PatternFault;

function escaped(pattern: string, at: number, inside: boolean): Part {
  const letter = pattern[at + 1] ?? "";
  const two = pattern.slice(at, at + 2);
  const lower = letter.toLowerCase();
  if (lower in classes) {
    if (letter === lower) return { made: inside ? classes[lower] : `[${classes[lower]}]`, length: 2 };
    return inside ? { feature: two } : { made: `[^${classes[lower]}]`, length: 2 };
  }
  if (letter === "u" || letter === "x") {
    const [whole, braced, four, bytes] = /^\\(?:u\{([\da-f]{1,6})\}|u([\da-f]{4})|x([\da-f]{2}))/i.exec(pattern.slice(at, at + 12)) ?? [];
    const code = Number.parseInt(braced ?? four ?? bytes ?? "", 16);
    return whole === undefined || (code >= 0xd800 && code <= 0xdfff) ? { feature: two } : { made: `\\x{${code.toString(16)}}`, length: whole.length };
  }
  if (lower === "p") {
    const [whole] = /^\\p\{[\w=]+\}/i.exec(pattern.slice(at, at + 64)) ?? [];
    return whole === undefined ? { feature: two } : { made: whole, length: whole.length };
  }
  if (letter === "0" && !/\d/.test(pattern[at + 2] ?? "")) return { made: "\\x{0}", length: 2 };
  if (plainEscapes.includes(letter) && letter !== "") return { made: two, length: 2 };
  if (letter === "" || /[\da-zA-Z]/.test(letter)) return { feature: two };
  return { made: literal(letter), length: 2 };
}

const literal = (c: string) => (/[\\^$.*+?()[\]{}|\-&~#]/.test(c) ? `\\${c}` : c);

function inClass(pattern: string, at: number): Part {
  const c = pattern[at];
  return { made: c === "[" || c === "&" || c === "~" ? `\\${c}` : c, length: 1 };
}

function outside(pattern: string, at: number): Part {
  const c = pattern[at];
  if (c === ".") return { made: "[^\\n\\r\\x{2028}\\x{2029}]", length: 1 };
  if (c === "[") {
    const caret = pattern[at + 1] === "^" ? "^" : "";
    return pattern[at + 1 + caret.length] === "]" ? { feature: `[${caret}]` } : { made: `[${caret}`, length: 1 + caret.length };
  }
  if (c === "(" && pattern[at + 1] === "?") {
    const [group] = /^\(\?(?::|<[A-Za-z_]\w*>)/.exec(pattern.slice(at, at + 64)) ?? [];
    return group === undefined ? { feature: pattern.slice(at, at + (pattern[at + 2] === "<" ? 4 : 3)) } : { made: "(?:", length: group.length };
  }
  return { made: c, length: 1 };
}

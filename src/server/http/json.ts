// JSON as a server may accept it: UTF-8, bounded depth, no key twice, no key that could reach a prototype. Knows no fields.
import { InkstoneError, type Phrase } from "../../core/index.ts";

const quote = 0x22;
const backslash = 0x5c;
const forbidden = new Set(["__proto__", "constructor", "prototype"]);

/** How deep and how crowded a body may be. */
export interface JsonLimits {
  readonly depth: number;
  /** Objects, lists, and keys of objects, all together: what a check has to look at one by one. */
  readonly elements: number;
}

/**
 * Parses a JSON body.
 *
 * Errors: E_JSON with the position (in characters) of what is not JSON, too deep, too crowded, a duplicate key, or a forbidden one. Nothing is built before the text has passed.
 *
 * @example
 * parseJson(Buffer.from('{"a":1}'), { depth: 64, elements: 1000 }); // { a: 1 }
 */
export function parseJson(body: Uint8Array, { depth, elements }: JsonLimits): unknown {
  const text = decode(body);
  if (text.trim() === "") throw refuse({ en: "it is empty", zh: "为空" }, 0);
  checkShape(text, depth, elements);
  try {
    return JSON.parse(text);
  } catch {
    throw refuse({ en: "a syntax error", zh: "语法错误" }, faultOf(text));
  }
}

const space = /[ \t\r\n]*/y;
const scalar = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?|true|false|null/y;
const escapes = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

// Where a text stops being JSON (engines word this differently, or not at all). What may come next is one of: a value, a key, or the end of a value.
function faultOf(text: string): number {
  const open: string[] = [];
  let expected: "value" | "first key" | "key" | "first element" | "end" = "value";
  for (let at = 0; ; ) {
    at += matched(space, text, at);
    const c = text[at];
    if (expected === "end") {
      if (open.length === 0 || (c !== "," && c !== (open.at(-1) === "{" ? "}" : "]"))) return at;
      if (c === ",") expected = open.at(-1) === "{" ? "key" : "value";
      else open.pop();
      at++;
    } else if ((expected === "first key" && c === "}") || (expected === "first element" && c === "]")) {
      open.pop();
      expected = "end";
      at++;
    } else if (expected === "key" || expected === "first key") {
      const length = stringLength(text, at);
      const colon = at + length + matched(space, text, at + length);
      if (length === 0 || text[colon] !== ":") return length === 0 ? at : colon;
      expected = "value";
      at = colon + 1;
    } else if (c === "{" || c === "[") {
      open.push(c);
      expected = c === "{" ? "first key" : "first element";
      at++;
    } else {
      const length = c === '"' ? stringLength(text, at) : matched(scalar, text, at);
      if (length === 0) return at;
      expected = "end";
      at += length;
    }
  }
}

// 0 when it is no string, or not a right one.
function stringLength(text: string, from: number): number {
  if (text.charCodeAt(from) !== quote) return 0;
  for (let at = from + 1; at < text.length; ) {
    const code = text.charCodeAt(at);
    if (code === quote) return at + 1 - from;
    const length = code === backslash ? matched(escapes, text, at) : code < 0x20 ? 0 : 1;
    if (length === 0) return 0;
    at += length;
  }
  return 0;
}

function matched(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0].length ?? 0;
}

function decode(body: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch {
    throw refuse({ en: "it is not UTF-8", zh: "不是 UTF-8 编码" }, 0);
  }
}

const refuse = (why: Phrase, position: number) => new InkstoneError("E_JSON", { why, position });

// One pass over the text: depth and keys. What is no JSON at all passes through to JSON.parse, which says where.
function checkShape(text: string, most: number, elements: number): void {
  let count = 0;
  const crowd = (at: number): void => {
    if (++count > elements) throw refuse({ en: `it has more than ${elements} objects, lists and keys`, zh: `对象、数组和键超过 ${elements} 个` }, at);
  };
  const open: (Set<string> | undefined)[] = []; // keys of each open object; undefined for an array
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) {
      const end = stringEnd(text, at);
      const keys = open.at(-1);
      if (keys && isKey(text, end)) {
        crowd(at);
        checkKey(text, at, end, keys);
      }
      at = end;
    } else if (code === 0x7b || code === 0x5b) {
      crowd(at);
      if (open.length === most) throw refuse({ en: `it is nested deeper than ${most}`, zh: `嵌套超过 ${most} 层` }, at);
      open.push(code === 0x7b ? new Set() : undefined);
    } else if (code === 0x7d || code === 0x5d) open.pop();
  }
}

function stringEnd(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === backslash) at++;
    else if (code === quote) return at;
  }
  return text.length;
}

function isKey(text: string, end: number): boolean {
  let at = end + 1;
  while (at < text.length && text.charCodeAt(at) <= 0x20) at++;
  return text.charCodeAt(at) === 0x3a;
}

function checkKey(text: string, start: number, end: number, keys: Set<string>): void {
  let key: string;
  try {
    key = JSON.parse(text.slice(start, end + 1)) as string;
  } catch {
    return; // a malformed string: JSON.parse of the whole says where
  }
  if (forbidden.has(key)) throw refuse({ en: `the key "${key}" is not allowed`, zh: `不允许键“${key}”` }, start);
  if (keys.has(key)) throw refuse({ en: `the key "${key}" appears twice`, zh: `键“${key}”重复` }, start);
  keys.add(key);
}

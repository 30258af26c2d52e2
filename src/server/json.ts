// JSON as a server may accept it: UTF-8, bounded depth, no key twice, no key that could reach a prototype. Knows no fields.
import { InkstoneError, type Phrase } from "../core/index.ts";

const quote = 0x22;
const backslash = 0x5c;
const forbidden = new Set(["__proto__", "constructor", "prototype"]);

/**
 * Parses a JSON body.
 *
 * Errors: E_JSON with the position (in characters) of what is not JSON, too deep, a duplicate key, or a forbidden one. Nothing is built before the text has passed.
 *
 * @example
 * parseJson(Buffer.from('{"a":1}'), 64); // { a: 1 }
 */
export function parseJson(body: Uint8Array, depth: number): unknown {
  const text = decode(body);
  if (text.trim() === "") throw refuse({ en: "it is empty", zh: "为空" }, 0);
  checkShape(text, depth);
  try {
    return JSON.parse(text);
  } catch (error) {
    const position = /position (\d+)/.exec((error as Error).message)?.[1];
    throw refuse({ en: "a syntax error", zh: "语法错误" }, position === undefined ? text.length : Number(position));
  }
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
function checkShape(text: string, most: number): void {
  const open: (Set<string> | undefined)[] = []; // keys of each open object; undefined for an array
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) {
      const end = stringEnd(text, at);
      const keys = open.at(-1);
      if (keys && isKey(text, end)) checkKey(text, at, end, keys);
      at = end;
    } else if (code === 0x7b || code === 0x5b) {
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
  if (keys.has(key)) throw refuse({ en: `the key "${key}" is there twice`, zh: `键“${key}”重复` }, start);
  keys.add(key);
}

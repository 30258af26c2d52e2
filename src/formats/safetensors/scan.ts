// The JSON of a safetensors header, and no other: objects of strings and whole numbers, every place known, nothing twice. Knows no tensors.
import { InkstoneError, type Phrase } from "../../core/index.ts";

const wanted: Readonly<Record<string, Phrase>> = {
  object: { en: "a JSON object", zh: "JSON 对象" },
  string: { en: "a JSON string", zh: "JSON 字符串" },
  number: { en: "whole numbers from 0 to 2^53 - 1", zh: "0 至 2^53 - 1 的整数" },
  list: { en: "a list of whole numbers", zh: "整数列表" },
  end: { en: "the end of the header", zh: "头部结束" },
};

/** Reads a header from its text. Errors: E_FORMAT_VALUE with the place (in characters from the start of the header, and the 8 bytes before it). */
export class HeaderScanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Where it stands, from the start of the file as long as the header is ASCII. */
  get offset(): number {
    return this.#at + 8;
  }

  /** An object: `entry` is called with each key and reads its value. */
  object(field: string, entry: (key: string) => void): void {
    this.#open(field, "{", "object");
    if (this.#taken("}")) return;
    do {
      const key = this.string(`${field} key`);
      this.#open(field, ":", "object");
      entry(key);
    } while (this.#taken(","));
    this.#open(field, "}", "object");
  }

  /** A string. */
  string(field: string): string {
    this.#space();
    const start = this.#at;
    const text = this.#text;
    if (text[start] !== '"') throw this.#refusal(field, "string");
    for (let at = start + 1; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code === 0x5c) at++;
      else if (code === 0x22) return this.#unescaped(field, start, at + 1);
    }
    throw this.#refusal(field, "string");
  }

  #unescaped(field: string, start: number, end: number): string {
    try {
      const value: unknown = JSON.parse(this.#text.slice(start, end));
      this.#at = end;
      if (typeof value === "string") return value;
    } catch {
      // Told below: the words of JSON.parse know neither field nor place.
    }
    throw this.#refusal(field, "string");
  }

  /** A list of whole numbers, at most so many. */
  numbers(field: string, limit: number): number[] {
    this.#open(field, "[", "list");
    if (this.#taken("]")) return [];
    const found: number[] = [];
    do {
      if (found.length === limit) throw new InkstoneError("E_FORMAT_LIMIT", { field, offset: this.offset, value: limit + 1, limit });
      found.push(this.#number(field));
    } while (this.#taken(","));
    this.#open(field, "]", "list");
    return found;
  }

  #number(field: string): number {
    this.#space();
    const [digits] = /^(?:0|[1-9][0-9]{0,15})(?![0-9.eE])/.exec(this.#text.slice(this.#at, this.#at + 32)) ?? [];
    const value = Number(digits ?? Number.NaN);
    if (digits === undefined || !Number.isSafeInteger(value)) throw this.#refusal(field, "number");
    this.#at += digits.length;
    return value;
  }

  /** Throws unless only spaces are left. */
  end(): void {
    this.#space();
    if (this.#at < this.#text.length) throw this.#refusal("header", "end");
  }

  #open(field: string, character: string, what: string): void {
    if (!this.#taken(character)) throw this.#refusal(field, what);
  }

  #taken(character: string): boolean {
    this.#space();
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #space(): void {
    while (" \t\r\n".includes(this.#text[this.#at] ?? "x")) this.#at++;
  }

  #refusal(field: string, what: string): InkstoneError {
    const value = this.#text.slice(this.#at, this.#at + 24) || "nothing";
    return new InkstoneError("E_FORMAT_VALUE", { field, offset: this.offset, value, allowed: wanted[what] });
  }
}

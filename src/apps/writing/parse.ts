// Reads the text of a template: literal words, [synonyms|side by side], {values | filters}, {if}, {each}, {set}, {an}. Writes nothing.
import { meant } from "../../core/index.ts";
import { type Expression, readExpression, type Wrong } from "./expression.ts";
import { type Filter, filters } from "./wording.ts";

/** A filter with its arguments. */
export interface AppliedFilter {
  readonly name: string;
  readonly work: Filter;
  readonly args: readonly string[];
}

/** A piece of a template. `line` is where it stands. */
export type Node =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "choice"; readonly id: number; readonly options: readonly (readonly Node[])[] }
  | {
      readonly kind: "value";
      readonly source: string;
      readonly line: number;
      readonly value: Expression;
      readonly filters: readonly AppliedFilter[];
      readonly reference?: readonly string[];
    }
  | { readonly kind: "if"; readonly branches: readonly { readonly test: Expression; readonly nodes: readonly Node[] }[] }
  | { readonly kind: "each"; readonly name: string; readonly list: Expression; readonly joined: boolean; readonly nodes: readonly Node[] }
  | { readonly kind: "set"; readonly name: string; readonly value: Expression }
  | { readonly kind: "article" };

/** What was read. */
export interface Parsed {
  readonly nodes: readonly Node[];
  /** Names that the template uses as fields. */
  readonly fields: ReadonlySet<string>;
}

/** Says what is wrong at a line. */
export type WrongAt = (line: number) => Wrong;

const names = /(?<![\p{L}\p{N}_."'])[\p{L}_][\p{L}\p{N}_]*(?![\p{L}\p{N}_]|\s*\()/gu;
const words = new Set(["and", "or", "not", "true", "false"]);

/** Most brackets and blocks inside each other. */
const deepest = 50;

/** Reads a template's body, which begins at `firstLine` of its file. Errors: those of `wrongAt`. */
export function parseTemplate(source: string, firstLine: number, wrongAt: WrongAt): Parsed {
  const parser = new Parser(source, firstLine, wrongAt);
  const nodes = parser.nodes("");
  parser.finish();
  return { nodes, fields: parser.fields };
}

class Parser {
  readonly fields: Set<string> = new Set();
  readonly #source: string;
  readonly #first: number;
  readonly #wrongAt: WrongAt;
  readonly #locals: Set<string> = new Set(["rest"]);
  readonly #ends: readonly number[];
  #at = 0;
  #ids = 0;
  #depth = 0;

  constructor(source: string, first: number, wrongAt: WrongAt) {
    this.#source = source;
    this.#first = first;
    this.#wrongAt = wrongAt;
    this.#ends = Array.from(source.matchAll(/\n/g), ({ index }) => index);
  }

  #line(at: number = this.#at): number {
    let [low, high] = [0, this.#ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#ends[middle] < at) low = middle + 1;
      else high = middle;
    }
    return this.#first + low;
  }

  #wrong(at: number = this.#at): Wrong {
    return this.#wrongAt(this.#line(at));
  }

  finish(): void {
    if (this.#at < this.#source.length)
      throw this.#wrong()({
        en: `"${this.#source.slice(this.#at, this.#at + 12)}" closes nothing that is open; write \\ before a bracket that is meant as one`,
        zh: `“${this.#source.slice(this.#at, this.#at + 12)}”没有对应的开头；若要写出括号本身，请在前面加 \\`,
      });
  }

  // Up to what ends this part: "|" and "]" inside brackets, {else}, {elif}, {end} inside a block.
  nodes(inside: "" | "choice" | "block"): Node[] {
    if (++this.#depth > deepest)
      throw this.#wrong()({ en: `more than ${deepest} brackets and blocks are inside each other`, zh: `括号与块的嵌套超过 ${deepest} 层` });
    const found: Node[] = [];
    let text = "";
    const flush = (): void => {
      if (text !== "") found.push({ kind: "text", text: spaced(text) });
      text = "";
    };
    while (this.#at < this.#source.length) {
      const one = this.#source[this.#at];
      if (one === "\\" && this.#at + 1 < this.#source.length) {
        text += this.#source[this.#at + 1];
        this.#at += 2;
      } else if (one === "[") {
        flush();
        found.push(this.#choice());
      } else if (one === "]" || (one === "|" && inside === "choice")) break;
      else if (one === "{") {
        if (/^\{\s*(?:else|elif\b[^}]*|end)\s*\}/.test(this.#source.slice(this.#at, this.#at + 400))) break;
        flush();
        found.push(this.#braced());
      } else {
        text += one;
        this.#at++;
      }
    }
    flush();
    this.#depth--;
    return found;
  }

  #choice(): Node {
    const open = this.#at++;
    const id = this.#ids++;
    const options: Node[][] = [];
    for (;;) {
      options.push(this.nodes("choice"));
      const mark = this.#source[this.#at];
      if (mark !== "|" && mark !== "]") throw this.#wrong(open)({ en: 'this "[" is not closed', zh: "此处的“[”没有闭合" });
      this.#at++;
      if (mark === "]") return { kind: "choice", id, options };
    }
  }

  #tag(): { source: string; at: number } {
    const at = this.#at;
    let end = at + 1;
    let quote = "";
    for (; end < this.#source.length; end++) {
      const one = this.#source[end];
      if (quote !== "") quote = one === quote ? "" : quote;
      else if (one === '"') quote = one;
      else if (one === "}") break;
    }
    if (end >= this.#source.length) throw this.#wrong(at)({ en: 'this "{" is not closed', zh: "此处的“{”没有闭合" });
    this.#at = end + 1;
    return { source: this.#source.slice(at + 1, end).trim(), at };
  }

  #expression(source: string, at: number): Expression {
    for (const [name] of source.replace(/"(?:[^"\\]|\\.)*"/g, '""').matchAll(names))
      if (!words.has(name) && !this.#locals.has(name)) this.fields.add(name);
    return readExpression(source, this.#wrong(at));
  }

  #braced(): Node {
    const { source, at } = this.#tag();
    const [, word, rest = ""] = /^(if|each|set|an|a)\b\s*([\s\S]*)$/.exec(source) ?? [];
    if ((word === "an" || word === "a") && rest === "") return { kind: "article" };
    if (word === "if") return this.#if(rest, at);
    if (word === "each") return this.#each(rest, at);
    if (word === "set") return this.#set(rest, at);
    return this.#value(source, at);
  }

  #if(first: string, at: number): Node {
    const branches: { test: Expression; nodes: readonly Node[] }[] = [];
    let test = this.#expression(first, at);
    for (;;) {
      branches.push({ test, nodes: this.nodes("block") });
      const tag = this.#source[this.#at] === "{" ? this.#tag() : undefined;
      if (tag === undefined) throw this.#wrong(at)({ en: "this {if} has no {end}", zh: "此处的 {if} 缺少 {end}" });
      if (tag.source === "end") return { kind: "if", branches };
      test = tag.source === "else" ? () => ({ value: true, cells: [] }) : this.#expression(tag.source.slice(4), tag.at);
    }
  }

  #each(rest: string, at: number): Node {
    const [, name, list, how] = /^([\p{L}_][\p{L}\p{N}_]*)\s+in\s+([\s\S]+?)(?:;\s*(plain))?$/u.exec(rest) ?? [];
    if (name === undefined) throw this.#wrong(at)({ en: "it is written {each NAME in LIST}", zh: "应写作 {each 名称 in 列表}" });
    const over = this.#expression(list, at);
    const known = this.#locals.has(name);
    this.#locals.add(name);
    const nodes = this.nodes("block");
    const tag = this.#source[this.#at] === "{" ? this.#tag() : undefined;
    if (tag?.source !== "end") throw this.#wrong(at)({ en: "this {each} has no {end}", zh: "此处的 {each} 缺少 {end}" });
    if (!known) this.#locals.delete(name);
    return { kind: "each", name, list: over, joined: how !== "plain", nodes: withoutEnds(nodes) };
  }

  #set(rest: string, at: number): Node {
    const [, name, value] = /^([\p{L}_][\p{L}\p{N}_]*)\s*=(?!=)\s*([\s\S]+)$/u.exec(rest) ?? [];
    if (name === undefined) throw this.#wrong(at)({ en: "it is written {set NAME = VALUE}", zh: "应写作 {set 名称 = 值}" });
    const expression = this.#expression(value, at);
    this.#locals.add(name);
    return { kind: "set", name, value: expression };
  }

  #value(source: string, at: number): Node {
    const [first, ...rest] = parted(source, "|");
    const applied: AppliedFilter[] = [];
    let reference: readonly string[] | undefined;
    for (const one of rest) {
      const [name, ...args] = parted(one.trim(), ":").map((part) => part.trim().replace(/^"([\s\S]*)"$/, "$1"));
      if (name === "ref") reference = args;
      else applied.push({ name, args, work: this.#filter(name, at) });
    }
    if (reference?.length === 0)
      throw this.#wrong(at)({
        en: "it is written ref:LATER:LATER, what stands for it when it is named again",
        zh: "应写作 ref:后称:后称，即再次提到时的说法",
      });
    return { kind: "value", source: first.trim(), line: this.#line(at), value: this.#expression(first, at), filters: applied, reference };
  }

  #filter(name: string, at: number): Filter {
    if (Object.hasOwn(filters, name)) return filters[name];
    const known = [...Object.keys(filters), "ref"];
    const near = meant(name, known);
    throw this.#wrong(at)({
      en: `there is no filter "${name}"; ${near === undefined ? `there are ${known.join(", ")}` : `did you mean "${near}"?`}`,
      zh: `没有过滤器“${name}”；可用：${known.join("、")}`,
    });
  }
}

// At a mark that is not inside quotes.
function parted(source: string, mark: string): string[] {
  const parts = [""];
  let quoted = false;
  for (const one of source) {
    if (one === '"') quoted = !quoted;
    if (one === mark && !quoted) parts.push("");
    else parts[parts.length - 1] += one;
  }
  return parts;
}

// A line end is a space, an empty line a paragraph; between Chinese characters a line end is nothing.
const spaced = (text: string): string =>
  text
    .replace(/[^\S\n]+/g, " ")
    .replace(/ ?\n ?(?:\n ?)+/g, "\u2029")
    .replace(/ ?\n ?/g, " ")
    .replace(/\u2029/g, "\n\n")
    .replace(/(?<=[\u3000-\u9fff\uff00-\uffef]) (?=[\u3000-\u9fff\uff00-\uffef])/g, "");

// Spaces at the ends of an item are those of the template's layout.
function withoutEnds(nodes: readonly Node[]): Node[] {
  return nodes.map((node, i) =>
    node.kind !== "text"
      ? node
      : { kind: "text", text: (i === 0 ? (t: string) => t.trimStart() : (t: string) => t)(i === nodes.length - 1 ? node.text.trimEnd() : node.text) },
  );
}

// Calls of tools in an answer as it is written: text goes on, calls come out as they grow. Knows marks, and no tokens.
import { randomBytes } from "node:crypto";
import { StopScanner } from "../stop-strings.ts";
import type { ToolCall, ToolCallDelta } from "../types.ts";
import { CallReader, NamedCallReader } from "./call-reader.ts";
import type { ToolFamily } from "./family.ts";

/** What came of some text. */
export interface ToolPart {
  readonly text: string;
  readonly calls: readonly ToolCallDelta[];
}

interface Growing {
  text: string;
  readonly calls: { index: number; id?: string; name?: string; arguments: string }[];
}

const punctuation = /^[\s,;[\]]+/;

/**
 * Reads an answer of a family. What looks like a call and names no tool that there is stays text.
 *
 * @example
 * const reader = new ToolReader(familyOf("{% if tools %}<tool_call>{% endif %}"), ["add"]);
 * reader.push("Well. <tool_call>").text; // "Well. "
 * reader.push('{"name": "add", "arguments": {"a": 1}}').calls[0].arguments; // "{\"a\": 1}"
 */
export class ToolReader {
  /** Calls that have ended. */
  completed = 0;
  readonly #family: ToolFamily;
  readonly #tools: ReadonlySet<string>;
  readonly #calls: { id: string; name: string; arguments: string }[] = [];
  #marks: StopScanner;
  #inCalls = false;
  #call: CallReader | undefined;
  /** What was read since the calls began and is no call yet: the mark, and what came behind it. */
  #mark = "";
  #raw = "";
  /** Whether anything but white space has come. */
  #begun = false;

  constructor(family: ToolFamily, tools: readonly string[]) {
    this.#family = family;
    this.#tools = new Set(tools);
    this.#marks = new StopScanner(family.begins);
  }

  /** The first mark has come, and nothing behind it yet. */
  get atCalls(): boolean {
    return this.#inCalls && this.#mark !== "" && this.#raw === "" && this.#call === undefined && this.#calls.length === 0;
  }

  /** Calls so far; arguments of the last one may have been cut. */
  get calls(): readonly ToolCall[] {
    return this.#calls;
  }

  push(given: string): ToolPart {
    const out: Growing = { text: "", calls: [] };
    for (const c of given) {
      if (this.#call !== undefined) this.#inside(this.#call, c, out);
      else if (this.#inCalls) this.#between(c, out);
      else this.#outside(c, out);
    }
    return out;
  }

  /** What was held back and is no call. */
  end(): ToolPart {
    const isCall = this.#call?.name !== undefined && this.#tools.has(this.#call.name);
    const nothing = this.#call === undefined && this.#raw.replace(punctuation, "") === "";
    const held = isCall || nothing ? "" : this.#mark + this.#raw + (this.#call?.raw ?? "");
    this.#mark = "";
    this.#raw = "";
    return { text: this.#marks.end() + held, calls: [] };
  }

  #outside(c: string, out: Growing): void {
    const first = !this.#begun;
    this.#begun ||= !/\s/.test(c);
    if (first && this.#begun && c === "{" && this.#family.bare) {
      this.#inCalls = true;
      this.#between(c, out);
      return;
    }
    out.text += this.#marks.push(c);
    if (!this.#marks.stopped) return;
    this.#marks = new StopScanner(this.#family.begins);
    this.#inCalls = true;
    this.#mark = this.#family.begins[0];
  }

  // Between marks and objects: white space, commas, brackets, further marks. Anything else was no call.
  #between(c: string, out: Growing): void {
    const { begins, end, between } = this.#family;
    if (between === undefined && c === "{") {
      this.#call = new CallReader();
      this.#inside(this.#call, c, out);
      return;
    }
    this.#raw += c;
    const rest = this.#raw.replace(punctuation, "");
    if (between !== undefined && rest.endsWith(between)) {
      this.#call = new NamedCallReader(rest.slice(0, -between.length).replace(begins[0], "").replace(/^.*\]/, "").trim());
      this.#mark += this.#raw;
      this.#raw = "";
    } else if (end !== undefined && rest === end) this.#leave("", out);
    else if (rest !== "" && between === undefined && ![...begins, ...(end === undefined ? [] : [end])].some((mark) => mark.startsWith(rest)))
      this.#leave(this.#mark + this.#raw, out);
  }

  #leave(text: string, out: Growing): void {
    out.text += text;
    this.#inCalls = false;
    this.#mark = "";
    this.#raw = "";
  }

  #inside(call: CallReader, c: string, out: Growing): void {
    const { name, arguments: more } = call.push(c);
    const isKnown = call.name !== undefined && this.#tools.has(call.name);
    if (isKnown && name !== undefined) {
      const begun = { id: newId(), name, arguments: more };
      this.#calls.push(begun);
      out.calls.push({ index: this.#calls.length - 1, ...begun });
    } else if (isKnown && more !== "") this.#grow(more, out);
    if (!call.done && (call.name === undefined || isKnown)) return;
    this.#call = undefined;
    if (!isKnown) {
      this.#leave(this.#mark + this.#raw + call.raw, out);
      return;
    }
    const last = this.#calls[this.#calls.length - 1];
    if (last.arguments === "") this.#grow("{}", out);
    this.completed++;
    this.#mark = "";
    this.#raw = "";
  }

  #grow(more: string, out: Growing): void {
    const index = this.#calls.length - 1;
    this.#calls[index].arguments += more;
    const told = out.calls.at(-1);
    if (told?.index === index) told.arguments += more;
    else out.calls.push({ index, arguments: more });
  }
}

// Nine letters and digits: what every template takes.
const newId = (): string =>
  BigInt(`0x${randomBytes(8).toString("hex")}`)
    .toString(36)
    .padStart(13, "0")
    .slice(-9);

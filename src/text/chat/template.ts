// A chat template: messages in, one text out, in a budget. Knows no tokens.
import { InkstoneError, type Phrase, plainly, shortened } from "../../core/index.ts";
import { Budget, overBudget, templateLimits } from "./budget.ts";
import { BudgetedInterpreter } from "./interpreter.ts";
import { type Environment, jinja, type Node } from "./jinja.ts";
import { syntaxErrorPlace } from "./places.ts";

/** A message as a template sees it. */
export interface TemplateMessage {
  readonly role: string;
  readonly content: string;
  readonly name?: string;
  /** Of an assistant: calls of tools, in OpenAI's shape, their arguments as objects. */
  readonly tool_calls?: readonly object[];
  /** Of a tool: the call that it answers. */
  readonly tool_call_id?: string;
}

/** How to render. */
export interface RenderOptions {
  /** End with the start of an answer. Default true. */
  readonly addGenerationPrompt?: boolean;
  /** Texts that the template knows as `bos_token` and `eos_token`. */
  readonly bosToken?: string;
  readonly eosToken?: string;
  /** Tools that may be called, in OpenAI's shape: the template's `tools`. */
  readonly tools?: readonly object[];
  /** Whether the model is to think first: the template's `enable_thinking`. Default: not said. */
  readonly thinking?: boolean;
  /** The moment that `strftime_now` tells. Default now. */
  readonly now?: Date;
}

/** White space in a row: the library looks at each stretch once from each of its places. */
const MOST_WHITE_SPACE = 256;

/**
 * A chat template in Jinja, as models bring it. Reading it finds syntax errors; rendering it cannot hang, cannot reach JavaScript and cannot include files.
 *
 * Errors: `E_TEMPLATE_SYNTAX` (line:column of the tag), `E_TEMPLATE_BUDGET`, `E_TEMPLATE_REFUSED` (the template's own raise_exception), `E_TEMPLATE`.
 *
 * @example
 * new ChatTemplate("{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}").render([{ role: "user", content: "Hi" }]); // "<user>Hi"
 */
export class ChatTemplate {
  readonly source: string;
  readonly #program: Node;

  constructor(source: string) {
    if (Buffer.byteLength(source, "utf8") > templateLimits.sourceBytes) overBudget("sourceBytes");
    const space = new RegExp(`\\s{${MOST_WHITE_SPACE}}`).exec(source);
    if (space) throw syntaxError(source.slice(0, space.index), { en: "too much white space in a row", zh: "连续空白过多" });
    this.source = source;
    try {
      this.#program = new jinja.Template(source).parsed;
    } catch (error) {
      throw new InkstoneError("E_TEMPLATE_SYNTAX", { position: syntaxErrorPlace(source), why: parserWords(error) });
    }
  }

  /** Whether it asks for `enable_thinking`. */
  get tellsThinking(): boolean {
    return /\benable_thinking\b/.test(this.source);
  }

  /** The messages as the template writes them. Content is data: marks of the template language in it are ordinary text. */
  render(messages: readonly TemplateMessage[], options: RenderOptions = {}): string {
    const budget = new Budget();
    try {
      const result = new BudgetedInterpreter(environment(messages, options, budget), this.#program, budget).run(this.#program);
      return String(result.value);
    } catch (error) {
      if (error instanceof InkstoneError) throw error;
      if (error instanceof RangeError) overBudget(/stack/.test(error.message) ? "depth" : "output");
      throw new InkstoneError("E_TEMPLATE", { why: [plain(error instanceof Error ? error.message : "")] });
    }
  }
}

function environment(messages: readonly TemplateMessage[], options: RenderOptions, budget: Budget): Environment {
  const found = new jinja.Environment();
  const values: Record<string, unknown> = {
    true: true,
    false: false,
    none: null,
    True: true,
    False: false,
    None: null,
    tools: options.tools ?? null,
    documents: null,
  };
  for (const [name, value] of Object.entries(values)) found.set(name, value);
  found.set("messages", messages);
  found.set("add_generation_prompt", options.addGenerationPrompt ?? true);
  if (options.thinking !== undefined) found.set("enable_thinking", options.thinking);
  found.set("bos_token", options.bosToken ?? "");
  found.set("eos_token", options.eosToken ?? "");
  found.set("range", (...given: unknown[]) => range(given, budget));
  found.set("strftime_now", (format: unknown) => formatTime(word(format), options.now ?? new Date()));
  found.set("raise_exception", (message: unknown) => {
    throw new InkstoneError("E_TEMPLATE_REFUSED", { message: plain(word(message)) });
  });
  return found;
}

// What a template hands to a function may be a list that holds itself many times over: only texts and numbers are written out.
function word(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

// Python's range: (stop) or (start, stop) or (start, stop, step).
function range(given: unknown[], budget: Budget): number[] {
  const numbers = given.filter((each) => typeof each === "number");
  const [start, stop] = numbers.length < 2 ? [0, numbers[0]] : numbers;
  const step = numbers[2] ?? 1;
  if (numbers.length === 0 || !numbers.every(Number.isInteger) || step === 0) throw new Error("range takes one to three integers, the step not 0");
  const count = Math.max(0, Math.ceil((stop - start) / step));
  budget.list(count);
  return Array.from({ length: count }, (_, i) => start + i * step);
}

const months = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
const days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

// Python's strftime in the C locale, local time; what is not known stays as it is.
function formatTime(format: string, now: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const known: Record<string, string> = {
    Y: String(now.getFullYear()),
    y: two(now.getFullYear() % 100),
    m: two(now.getMonth() + 1),
    d: two(now.getDate()),
    B: months[now.getMonth()],
    b: months[now.getMonth()].slice(0, 3),
    A: days[now.getDay()],
    a: days[now.getDay()].slice(0, 3),
    H: two(now.getHours()),
    I: two(now.getHours() % 12 || 12),
    M: two(now.getMinutes()),
    S: two(now.getSeconds()),
    p: now.getHours() < 12 ? "AM" : "PM",
    "%": "%",
  };
  return format.slice(0, 1024).replace(/%([YymdBbAaHIMSp%])/g, (_, letter: string) => known[letter]);
}

function syntaxError(before: string, why: { en: string; zh: string }): InkstoneError {
  return new InkstoneError("E_TEMPLATE_SYNTAX", { position: `${before.split("\n").length}:${before.length - before.lastIndexOf("\n")}`, why });
}

// What the parser says of a template that ends too early is about its own insides.
function parserWords(error: unknown): Phrase {
  if (error instanceof TypeError) return { en: "the template ends too early", zh: "模板意外结束" };
  if (error instanceof RangeError) return { en: "nested too deeply", zh: "嵌套过深" };
  return [plain(error instanceof Error ? error.message : "").replace(/\.$/, "")];
}

/** Words of a template for an error message, so short that the whole message stays within 512 characters. */
const plain = (text: string): string => shortened(plainly(text.slice(0, 400)), 400);

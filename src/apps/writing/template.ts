// Template: a text of branches, synonyms, lists and values, read once, written for any row; every value with the cell that it came from. Knows no files.
import { parse as parseYaml } from "yaml";
import { aName, countFromZero, InkstoneError, oneOf, type Rules, readOptions, uniform } from "../../core/index.ts";
import { type FieldValue, listOf, type Scope, type Traced, truthOf, type Wrong } from "./expression.ts";
import { type Node, type Parsed, parseTemplate } from "./parse.ts";
import { plainText, type WritingLanguage } from "./wording.ts";
import { TextWriter, type TracePiece } from "./writer.ts";

/** A row: its fields by name. */
export type WritingRow = Readonly<Record<string, FieldValue | undefined>>;

/** How a text is written. */
export interface WriteOptions {
  /** Which row this is, from 0: neighbours get other words. Default 0. */
  readonly index?: number;
  /** Default 0. */
  readonly seed?: number;
}

/** A text and where its values came from. */
export interface WrittenText {
  readonly text: string;
  /** Values in order: each is the slice of `text` from `start` to `end`, and rests on `cells`. */
  readonly trace: readonly TracePiece[];
}

/** How a template is read. */
export interface TemplateOptions {
  /** Shown in errors. Default "template". */
  readonly name?: string;
  /** Default: what its head says, else "en". */
  readonly language?: WritingLanguage;
}

const rules: Rules<TemplateOptions> = { name: aName, language: oneOf(["en", "zh"]) };
const writeRules: Rules<WriteOptions> = { index: countFromZero, seed: countFromZero };

/** Most characters of a text. */
export const longestText = 1_000_000;

/**
 * A template that was read. Its language is shown at `parse`.
 *
 * @example
 * const template = Template.parse("[{city} has|It is] {low} to {high} degrees{if high > 30}, so {an}{kind | default:hot} day{end}.");
 * const { text, trace } = template.write({ city: "Xi'an", low: 20, high: 33, kind: "oven-like" });
 * text.endsWith("20 to 33 degrees, so an oven-like day."); // true
 * trace.at(-1)?.cells; // ["kind"]
 */
export class Template {
  readonly name: string;
  readonly language: WritingLanguage;
  /** Fields that it asks for by name; all others of a row are in `rest`. */
  readonly fields: ReadonlySet<string>;
  readonly #nodes: readonly Node[];

  private constructor(name: string, language: WritingLanguage, { nodes, fields }: Parsed) {
    this.name = name;
    this.language = language;
    this.fields = fields;
    this.#nodes = nodes;
  }

  /**
   * Reads a template. Between lines of `---` it may begin with YAML: `language: en` or `zh`, anything else as remarks. Then:
   *
   * - `{field}`, `{a.b}`, `{now - before}`: a value; `{x | filter:argument}`: number, integer, percent, currency:USD, date:long, compact, words, ordinal, signed,
   *   list:or, count:goal:goals, agree:is:are, measure:场, either:yes:no, default:text, lower, upper, title, spaced, quoted; `{x | ref:it:the company}`: its name first, then these in turn;
   * - `[one|or|other]`: synonyms, in turn from row to row; `{an}`: "a" or "an";
   * - `{if expression}…{elif …}…{else}…{end}`, `{each x in list}…{end}` joined in words (`; plain`: not), `{set name = expression}`;
   * - functions: has, not, abs, round, min, max, sum, mean, count, first, last, change(now, before) in per cent, trend(list); `rest`: label and value of every other field.
   *
   * Errors: E_RULES_FILE with the line.
   *
   * @example
   * Template.parse("{citty | upper"); // throws E_RULES_FILE
   */
  static parse(source: string, options: TemplateOptions = {}): Template {
    const { name = "template", language } = readOptions("Template.parse", options, rules);
    const head = /^---\r?\n([\s\S]*?)\r?\n---\r?\n/.exec(source);
    const wrongAt =
      (line: number): Wrong =>
      (why) =>
        new InkstoneError("E_RULES_FILE", { file: name, where: `line ${line}`, why });
    const said = head === null ? {} : headOf(head[1], wrongAt(1));
    const body = source.slice(head?.[0].length ?? 0).replaceAll("\r\n", "\n");
    const firstLine = (head?.[0].match(/\n/g)?.length ?? 0) + 1;
    return new Template(name, language ?? said.language ?? "en", parseTemplate(body, firstLine, wrongAt));
  }

  /**
   * Writes a row. A field that the row does not have, or that is empty where it is to be shown, is an error, not a gap.
   *
   * Errors: E_WRITING_ROW with the line of the template; E_OPTION, E_OPTION_UNKNOWN.
   *
   * @example
   * Template.parse("{goals | count:goal}").write({ goals: 3 }).text; // "3 goals"
   * Template.parse("{goals}").write({ goal: 3 }); // throws E_WRITING_ROW
   */
  write(row: WritingRow, options: WriteOptions = {}): WrittenText {
    const { index = 0, seed = 0 } = readOptions("Template.write", options, writeRules);
    const run = new Run(this, row, index, seed);
    run.all(this.#nodes);
    const { text, trace } = run.writer.finished();
    return { text: text.trim(), trace };
  }
}

function headOf(text: string, wrong: Wrong): { language?: WritingLanguage } {
  let head: unknown;
  try {
    head = parseYaml(text);
  } catch (error) {
    throw wrong({ en: `the head is not YAML (${(error as Error).message.split("\n")[0]})`, zh: "头部不是有效的 YAML" });
  }
  const language = typeof head === "object" && head !== null ? (head as Record<string, unknown>).language : undefined;
  if (language !== undefined && language !== "en" && language !== "zh") throw wrong({ en: "language is en or zh", zh: "language 应为 en 或 zh" });
  return { language };
}

// One text on its way.
class Run {
  readonly writer: TextWriter;
  readonly #template: Template;
  readonly #row: WritingRow;
  readonly #index: number;
  readonly #seed: number;
  readonly #locals: Map<string, Traced> = new Map();
  readonly #mentions: Map<string, number> = new Map();
  readonly #scope: Scope;

  constructor(template: Template, row: WritingRow, index: number, seed: number) {
    this.#template = template;
    this.#row = row;
    this.#index = index;
    this.#seed = seed;
    this.writer = new TextWriter(template.language);
    this.#scope = { lookup: (name) => this.#lookup(name), names: () => [...this.#locals.keys(), ...Object.keys(row)] };
  }

  // A field that other rows may have is empty here, not unknown.
  #lookup(name: string): Traced | undefined {
    const local = this.#locals.get(name);
    if (local !== undefined) return local;
    if (Object.hasOwn(this.#row, name)) return { value: this.#row[name], cells: [name] };
    if (name !== "rest") return { value: undefined, cells: [name] };
    const others = Object.entries(this.#row).filter(
      ([field, value]) => !this.#template.fields.has(field) && value !== undefined && value !== null && value !== "",
    );
    return {
      value: others.map(([field, value]) => ({
        label: field.replace(/[_-]+/g, " "),
        value: value!,
        yes: value === true || value === "true" || value === "yes",
        no: value === false || value === "false" || value === "no",
      })),
      cells: others.map(([field]) => field),
    };
  }

  all(nodes: readonly Node[]): void {
    for (const node of nodes) this.#one(node);
    if (this.writer.text.length > longestText) throw new InkstoneError("E_TEXT_LENGTH", { limit: longestText });
  }

  #one(node: Node): void {
    if (node.kind === "text") this.writer.write(node.text);
    else if (node.kind === "article") this.writer.article();
    else if (node.kind === "choice") this.all(this.#chosen(node.id, node.options));
    else if (node.kind === "set") this.#locals.set(node.name, node.value(this.#scope));
    else if (node.kind === "if") this.all(node.branches.find(({ test }) => truthOf(test(this.#scope).value))?.nodes ?? []);
    else if (node.kind === "each") this.#each(node);
    else this.#value(node);
  }

  // In turn, in an order that is new in every round: neighbours differ, and all come up equally often.
  #chosen<T>(id: number, options: readonly T[]): T {
    const [round, place] = [Math.floor(this.#index / options.length), this.#index % options.length];
    const order = options.map((_, i) => ({ i, at: uniform(this.#seed, round, id, i) })).sort((a, b) => a.at - b.at);
    return options[order[place].i];
  }

  #each({ name, list, joined, nodes }: Extract<Node, { kind: "each" }>): void {
    const { value, cells } = list(this.#scope);
    const items = listOf(value);
    const before = this.#locals.get(name);
    const zh = this.#template.language === "zh";
    for (const [i, item] of items.entries()) {
      if (joined && i > 0) this.writer.write(i < items.length - 1 ? (zh ? "、" : ", ") : zh ? "和" : " and ");
      this.#locals.set(name, {
        value: item,
        cells:
          cells.length === items.length && cells.length > 1
            ? [cells[i]]
            : cells.map((cell) => (items.length > 1 || Array.isArray(value) ? `${cell}[${i}]` : cell)),
      });
      this.all(nodes);
    }
    if (before === undefined) this.#locals.delete(name);
    else this.#locals.set(name, before);
  }

  #value({ source, line, value, filters, reference }: Extract<Node, { kind: "value" }>): void {
    const wrong: Wrong = (why) => new InkstoneError("E_WRITING_ROW", { template: this.#template.name, line, row: this.#index + 1, why });
    const found = value(this.#scope);
    const later = this.#mentions.get(source) ?? 0;
    if (reference !== undefined) this.#mentions.set(source, later + 1);
    if (reference !== undefined && later > 0) {
      this.writer.write(reference[(later - 1) % reference.length]);
      return;
    }
    const missing = found.value === undefined || found.value === null || found.value === "";
    if (missing && !filters.some(({ name }) => name === "default" || name === "either"))
      throw wrong({
        en: `"${source}" is empty in this row; ask for it with {if has(${source})} or give a default`,
        zh: `此行的“${source}”为空；请用 {if has(${source})} 判断或给出 default`,
      });
    let current: FieldValue | undefined = found.value;
    for (const { work, args } of filters) current = work(current, args, this.#template.language, wrong);
    this.writer.write(plainText(current, this.#template.language), found.cells);
  }
}

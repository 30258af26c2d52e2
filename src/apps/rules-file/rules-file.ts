// A file of rules in YAML: read whole, then asked for mappings, lists and texts; what is wrong is named by its path and its line. Knows no rule.
import { isMap, isSeq, LineCounter, parseDocument } from "yaml";
import { InkstoneError, listed, type Phrase } from "../../core/index.ts";

// Names of one place that may stand elsewhere: more would unfold a small file into a large one.
const mostAliases = 100;

/**
 * A YAML file that was read. Paths are written as "/flags/0/pattern".
 *
 * @example
 * const rules = RulesFile.parse("words:\n  - 1", "policy.yml");
 * rules.list(rules.mapping(rules.root, "", ["words"]).words, "/words"); // [1]
 * rules.refuse("/words/0", { en: "it is not a text", zh: "不是文本" }).message.includes("/words/0:2"); // true
 * RulesFile.parse("a: [", "policy.yml"); // throws E_RULES_FILE
 */
export class RulesFile {
  readonly file: string;
  /** Everything as plain values; null for a file that is empty. */
  readonly root: unknown;
  readonly #document: ReturnType<typeof parseDocument>;
  readonly #lines: LineCounter;

  private constructor(file: string, document: ReturnType<typeof parseDocument>, lines: LineCounter) {
    this.file = file;
    this.#document = document;
    this.#lines = lines;
    this.root = this.#plain();
  }

  /** Reads the text of a file; `file` is shown in errors. Errors: E_RULES_FILE with the line. */
  static parse(text: string, file: string): RulesFile {
    const lines = new LineCounter();
    return new RulesFile(file, parseDocument(text, { lineCounter: lines, prettyErrors: false }), lines);
  }

  #plain(): unknown {
    const [error] = this.#document.errors;
    if (error !== undefined) throw this.#refuseAt("/", error.pos[0], { en: `this is not YAML (${error.message})`, zh: "不是有效的 YAML" });
    try {
      return this.#document.toJS({ maxAliasCount: mostAliases }) ?? null;
    } catch (cause) {
      throw this.#refuseAt("/", 0, { en: "its names (&, *) cannot be followed", zh: "其中的锚点与别名（&、*）无法解析" }, cause);
    }
  }

  /** The error of a place. */
  refuse(path: string, why: Phrase): InkstoneError {
    return this.#refuseAt(path === "" ? "/" : path, this.#offset(path), why);
  }

  #refuseAt(path: string, offset: number, why: Phrase, cause?: unknown): InkstoneError {
    const where = `${path}:${this.#lines.linePos(offset).line || 1}`;
    return new InkstoneError("E_RULES_FILE", { file: this.file, where, why }, cause === undefined ? {} : { cause });
  }

  // Where the deepest part of a path begins that is there.
  #offset(path: string): number {
    let [node, offset]: [unknown, number] = [this.#document.contents, 0];
    for (const part of path.split("/").slice(1)) {
      const pair = isMap(node) ? node.items.find(({ key }) => String(key) === part) : undefined;
      const found: unknown = pair?.key ?? (isSeq(node) ? node.items[Number(part)] : undefined);
      if (found === undefined) break;
      offset = (found as { readonly range?: readonly number[] | null }).range?.[0] ?? offset;
      node = pair === undefined ? found : pair.value;
    }
    return offset;
  }

  /** A mapping, with no other keys than these where they are given. Errors: E_RULES_FILE. */
  mapping(value: unknown, path: string, keys?: readonly string[]): Record<string, unknown> {
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw this.refuse(path, { en: "it is not a mapping", zh: "不是映射" });
    const other = keys && Object.keys(value).find((key) => !keys.includes(key));
    if (other !== undefined) {
      const { en, zh } = listed(keys!);
      throw this.refuse(`${path}/${other}`, { en: `there is no such key; there are ${en}`, zh: `没有此键；可用：${zh}` });
    }
    return value as Record<string, unknown>;
  }

  /** A list; what is not there is an empty one. Errors: E_RULES_FILE. */
  list(value: unknown, path: string): readonly unknown[] {
    if (value === undefined || value === null) return [];
    if (!Array.isArray(value)) throw this.refuse(path, { en: "it is not a list", zh: "不是列表" });
    return value;
  }

  /** A text with something in it. Errors: E_RULES_FILE. */
  text(value: unknown, path: string): string {
    if (typeof value !== "string" || value.trim() === "") throw this.refuse(path, { en: "it is not a text", zh: "不是文本" });
    return value;
  }
}

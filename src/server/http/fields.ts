// zod's findings as errors that name the field by its path and say in both languages what is allowed. Knows no routes.
import type { z } from "zod";
import { InkstoneError, meant, type Phrase, shortened, type Words } from "../../core/index.ts";
import { foreignFields } from "./foreign.ts";
import { branches, keysAt } from "./schemas.ts";

/**
 * Checks a value against a schema of strict objects.
 *
 * Errors: E_FIELD_UNKNOWN for a field that the schema does not have, E_FIELD for one out of its range or type; both carry the path, such as `messages[3].role`.
 */
export function checked<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  const issue = plainest(result.error.issues);
  if (issue.code === "unrecognized_keys") throw unknown(schema, issue.path, issue.keys[0]);
  throw new InkstoneError("E_FIELD", { field: pathOf(issue.path) || "body", why: reason(issue, schema) });
}

function unknown(schema: z.ZodType, path: readonly PropertyKey[], key: string): InkstoneError {
  const allowed = keysAt(schema, path);
  const nearest = meant(key, allowed);
  const other: Phrase =
    nearest === undefined ? { en: "Leave it out.", zh: "请去掉它。" } : { en: `Did you mean "${nearest}"?`, zh: `您是指“${nearest}”吗？` };
  const remedy = foreignFields.get(key)?.(allowed) ?? other;
  return new InkstoneError("E_FIELD_UNKNOWN", { field: pathOf([...path, key]), allowed: allowed.join(", "), remedy });
}

type Issue = z.core.$ZodIssue;
/** What a branch of a union says of a value that was meant for another branch. */
const ofKind: ReadonlySet<string> = new Set(["invalid_type", "invalid_value", "invalid_union"]);

// Unknown fields come first: they are what a client most often gets wrong. Of a union, the branch that got furthest speaks.
function plainest(issues: readonly Issue[]): Issue {
  const issue = issues.find((one) => one.code === "unrecognized_keys") ?? issues[0];
  if (issue.code !== "invalid_union") return issue;
  const found = issue.errors.map((branch) => plainest(branch)).filter((one) => one.path.length > 0 || !ofKind.has(one.code));
  return found.length === 0 ? issue : ({ ...found[0], path: [...issue.path, ...found[0].path] } as Issue);
}

/** Characters of a name that came from a client. */
const MOST_NAME = 80;
const cut = (name: string) => shortened(name, MOST_NAME);

/**
 * A path as it is written in JavaScript; long names are cut.
 *
 * @example
 * pathOf(["messages", 3, "role"]); // "messages[3].role"
 */
export function pathOf(path: readonly PropertyKey[]): string {
  return path.map((part, i) => (typeof part === "number" ? `[${part}]` : i === 0 ? cut(String(part)) : `.${cut(String(part))}`)).join("");
}

const types: Readonly<Record<string, Words>> = {
  string: { en: "a string", zh: "字符串" },
  number: { en: "a number", zh: "数字" },
  int: { en: "a whole number", zh: "整数" },
  boolean: { en: "true or false", zh: "true 或 false" },
  array: { en: "a list", zh: "数组" },
  object: { en: "an object", zh: "对象" },
  record: { en: "an object", zh: "对象" },
  null: { en: "null", zh: "null" },
};

function reason(issue: Issue, schema: z.ZodType): Phrase {
  switch (issue.code) {
    case "invalid_type":
      return issue.input === undefined ? { en: "it is missing", zh: "缺失" } : mustBe([issue.expected]);
    case "too_small":
      return bound(issue.origin, issue.inclusive === false ? "more than" : "at least", Number(issue.minimum));
    case "too_big":
      return bound(issue.origin, issue.inclusive === false ? "less than" : "at most", Number(issue.maximum));
    case "invalid_value": {
      const values = issue.values.map((value) => JSON.stringify(value)).join(", ");
      return {
        en: `it must be ${issue.values.length > 1 ? "one of " : ""}${values}`,
        zh: `必须是${issue.values.length > 1 ? "以下之一：" : ""}${values}`,
      };
    }
    case "invalid_union":
      return issue.input === undefined ? { en: "it is missing", zh: "缺失" } : mustBe(branches(schema, issue.path));
    case "custom":
      return (issue.params?.why as Phrase | undefined) ?? [issue.message];
    default:
      return { en: "it is not allowed", zh: "不允许" };
  }
}

function mustBe(expected: readonly string[]): Phrase {
  const named = expected.map((one) => types[one] ?? { en: one, zh: one });
  const inLanguage = (language: "en" | "zh") => named.map((words) => words[language]);
  if (named.length === 0) return { en: "it has the wrong type", zh: "类型不正确" };
  return { en: `it must be ${inLanguage("en").join(" or ")}`, zh: `必须是${inLanguage("zh").join("或")}` };
}

function bound(origin: string, relation: string, limit: number): Phrase {
  const chinese: Readonly<Record<string, string>> = { "at least": "不小于", "at most": "不大于", "more than": "大于", "less than": "小于" };
  const units: Readonly<Record<string, string>> = { string: "character", array: "element" };
  if (origin === "string" || origin === "array")
    return {
      en: `it must have ${relation} ${limit} ${units[origin]}${limit === 1 ? "" : "s"}`,
      zh: `${origin === "string" ? "字符数" : "元素个数"}必须${chinese[relation]} ${limit}`,
    };
  return { en: `it must be ${relation} ${limit}`, zh: `必须${chinese[relation]} ${limit}` };
}

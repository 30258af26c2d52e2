// zod's findings as errors that name the field by its path and say in both languages what is allowed. Knows no routes.
import type { z } from "zod";
import { InkstoneError, type Phrase } from "../core/index.ts";

/**
 * Checks a value against a schema of strict objects.
 *
 * Errors: E_FIELD_UNKNOWN for a field that the schema does not have, E_FIELD for one out of its range or type; both carry the path, such as `messages[3].role`.
 */
export function checked<T>(schema: z.ZodType<T>, value: unknown, allowed: readonly string[]): T {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  const issue = plainest(result.error.issues);
  if (issue.code === "unrecognized_keys")
    throw new InkstoneError("E_FIELD_UNKNOWN", { field: pathOf([...issue.path, issue.keys[0]]), allowed: allowed.join(", ") });
  throw new InkstoneError("E_FIELD", { field: pathOf(issue.path) || "body", why: reason(issue) });
}

type Issue = z.core.$ZodIssue;

// Unknown fields come first: they are what a client most often gets wrong. Of a union, the branch that got furthest speaks.
function plainest(issues: readonly Issue[]): Issue {
  const issue = issues.find((one) => one.code === "unrecognized_keys") ?? issues[0];
  if (issue.code !== "invalid_union") return issue;
  const branches = issue.errors.map((branch) => plainest(branch)).filter((one) => !(one.code === "invalid_type" && one.path.length === 0));
  return branches.length === 0 ? issue : ({ ...branches[0], path: [...issue.path, ...branches[0].path] } as Issue);
}

/**
 * A path as it is written in JavaScript.
 *
 * @example
 * pathOf(["messages", 3, "role"]); // "messages[3].role"
 */
export function pathOf(path: readonly PropertyKey[]): string {
  return path.map((part, i) => (typeof part === "number" ? `[${part}]` : i === 0 ? String(part) : `.${String(part)}`)).join("");
}

const types: Readonly<Record<string, Phrase & object>> = {
  string: { en: "a string", zh: "字符串" },
  number: { en: "a number", zh: "数字" },
  int: { en: "a whole number", zh: "整数" },
  boolean: { en: "true or false", zh: "true 或 false" },
  array: { en: "a list", zh: "数组" },
  object: { en: "an object", zh: "对象" },
};

function reason(issue: Issue): Phrase {
  switch (issue.code) {
    case "invalid_type": {
      if (issue.input === undefined) return { en: "it is missing", zh: "缺失" };
      const wanted = types[issue.expected] ?? { en: issue.expected, zh: issue.expected };
      return { en: `it must be ${words(wanted, "en")}`, zh: `必须是${words(wanted, "zh")}` };
    }
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
      return { en: "it has the wrong type", zh: "类型不正确" };
    case "custom":
      return (issue.params?.why as Phrase | undefined) ?? issue.message;
    default:
      return { en: "it is not allowed", zh: "不允许" };
  }
}

const words = (phrase: Phrase, language: "en" | "zh"): string => (typeof phrase === "string" ? phrase : phrase[language]);

function bound(origin: string, relation: string, limit: number): Phrase {
  const chinese: Readonly<Record<string, string>> = { "at least": "不小于", "at most": "不大于", "more than": "大于", "less than": "小于" };
  if (origin === "string") return { en: `it must have ${relation} ${limit} characters`, zh: `字符数必须${chinese[relation]} ${limit}` };
  if (origin === "array") return { en: `it must have ${relation} ${limit} elements`, zh: `元素个数必须${chinese[relation]} ${limit}` };
  return { en: `it must be ${relation} ${limit}`, zh: `必须${chinese[relation]} ${limit}` };
}

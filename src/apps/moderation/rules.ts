// Rules as Reddit's AutoModerator has them: checks on fields of a post, a negation by "~", numbers by comparison, an action. Knows one post at a time.
// Source of the names: Reddit's documentation of AutoModerator (full documentation, 2024).
import type { InkstoneError } from "../../core/index.ts";

/** What is done with a post. */
export type ModerationAction = "allow" | "review" | "remove";

/** What is moderated. Only `text` is needed; the rest is what rules may ask for. */
export interface Post {
  readonly text: string;
  readonly title?: string;
  readonly url?: string;
  readonly type?: string;
  readonly id?: string;
  readonly author?: Readonly<Record<string, string | number | boolean>>;
  /** How often it was reported. */
  readonly reports?: number;
}

/** A rule that is ready to be asked. */
export interface Rule {
  readonly name: string;
  readonly action: ModerationAction | undefined;
  readonly reason: string | undefined;
  readonly priority: number;
  /** Places that matched; undefined if the rule does not hold. */
  readonly match: (post: Post) => readonly RuleSpan[] | undefined;
}

/** Where a rule matched in `text`. */
export interface RuleSpan {
  readonly start: number;
  readonly end: number;
}

/** What makes the error of a place of the file. */
export type Refuse = (key: string, why: { readonly en: string; readonly zh: string }) => InkstoneError;

const actions: Readonly<Record<string, ModerationAction>> = {
  remove: "remove",
  spam: "remove",
  filter: "review",
  report: "review",
  review: "review",
  approve: "allow",
  allow: "allow",
};

const settings = new Set(["name", "action", "action_reason", "priority", "type", "author", "reports", "body_longer_than", "body_shorter_than"]);
const fields = new Set(["body", "title", "url", "domain", "text", "id"]);
const ways = new Set(["includes", "includes-word", "starts-with", "ends-with", "full-exact", "full-text", "regex", "case-sensitive"]);

type Test = (post: Post) => readonly RuleSpan[] | undefined;

/** Makes a rule of its entry in a policy. `place` names it where it has no name. Errors: those of `refuse`. */
export function readRule(entry: Readonly<Record<string, unknown>>, place: string, refuse: Refuse): Rule {
  const tests: Test[] = [];
  for (const [key, value] of Object.entries(entry)) {
    if (settings.has(key)) tests.push(...settingTest(key, value, refuse));
    else tests.push(fieldTest(key, value, refuse));
  }
  const action = entry.action === undefined ? undefined : actions[String(entry.action)];
  if (entry.action !== undefined && action === undefined)
    throw refuse("action", { en: `it must be one of ${Object.keys(actions).join(", ")}`, zh: `可用值为 ${Object.keys(actions).join("、")}` });
  if (tests.length === 0) throw refuse("", { en: "a rule needs something to check", zh: "规则至少需要一个检查项" });
  return {
    name: typeof entry.name === "string" ? entry.name : place,
    action,
    reason: entry.action_reason === undefined ? undefined : String(entry.action_reason),
    priority: typeof entry.priority === "number" ? entry.priority : 0,
    match: (post) => {
      const spans: RuleSpan[] = [];
      for (const test of tests) {
        const found = test(post);
        if (found === undefined) return undefined;
        spans.push(...found);
      }
      return spans;
    },
  };
}

const holds = (yes: boolean): readonly RuleSpan[] | undefined => (yes ? [] : undefined);

function settingTest(key: string, value: unknown, refuse: Refuse): Test[] {
  if (key === "type") return [({ type }) => holds(value === "any" || type === undefined || type === value)];
  if (key === "reports") return [({ reports = 0 }) => holds(reports >= numberOf(key, value, refuse))];
  if (key === "body_longer_than" || key === "body_shorter_than") {
    const limit = numberOf(key, value, refuse);
    return [({ text }) => holds(key === "body_longer_than" ? text.length > limit : text.length < limit)];
  }
  if (key !== "author") return [];
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw refuse(key, { en: "it must be a mapping of fields", zh: "应为字段映射" });
  return Object.entries(value).map(([field, wanted]) => authorTest(field, wanted, refuse));
}

function numberOf(key: string, value: unknown, refuse: Refuse): number {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw refuse(key, { en: "it must be a number", zh: "应为数字" });
}

// "< 10", "> 5 days", true, a name, a list of names.
function authorTest(field: string, wanted: unknown, refuse: Refuse): Test {
  const compared =
    typeof wanted === "string" ? /^\s*([<>])\s*(\d+(?:\.\d+)?)\s*(minutes?|hours?|days?|weeks?|months?|years?)?\s*$/.exec(wanted) : null;
  if (compared !== null) {
    const limit = Number(compared[2]) * daysOf(compared[3]);
    // Whoever is not known is not judged.
    return ({ author }) => {
      const value = author?.[field];
      return holds(typeof value === "number" && (compared[1] === "<" ? value < limit : value > limit));
    };
  }
  if (typeof wanted === "boolean" || typeof wanted === "number") return ({ author }) => holds(author?.[field] === wanted);
  const names = (Array.isArray(wanted) ? wanted : [wanted]).map((one) => String(one).toLowerCase());
  if (names.length === 0) throw refuse(`author/${field}`, { en: "the list is empty", zh: "列表为空" });
  const negated = field.startsWith("~");
  const own = negated ? field.slice(1) : field;
  return ({ author }) => holds(names.includes(String(author?.[own] ?? "").toLowerCase()) !== negated);
}

const days: Readonly<Record<string, number>> = { minute: 1 / 1440, hour: 1 / 24, day: 1, week: 7, month: 30, year: 365 };
// An age is a number of days.
const daysOf = (unit: string | undefined): number => (unit === undefined ? 1 : days[unit.replace(/s$/, "")]);

function fieldTest(key: string, value: unknown, refuse: Refuse): Test {
  const parsed = /^(~?)([a-z]+(?:\+[a-z]+)*)(?:\s*\(([^)]*)\))?$/.exec(key);
  const names = parsed?.[2].split("+") ?? [];
  if (parsed === null || names.some((name) => !fields.has(name)))
    throw refuse(key, {
      en: `fields are ${[...fields].join(", ")}; settings ${[...settings].join(", ")}`,
      zh: `可用字段为 ${[...fields].join("、")}；设置项为 ${[...settings].join("、")}`,
    });
  const how = (parsed[3] ?? "includes-word").split(",").map((one) => one.trim());
  const unknown = how.find((one) => !ways.has(one));
  if (unknown !== undefined)
    throw refuse(key, {
      en: `"${unknown}" is no way to match; there are ${[...ways].join(", ")}`,
      zh: `“${unknown}”不是匹配方式；可用：${[...ways].join("、")}`,
    });
  const values = (Array.isArray(value) ? value : [value]).map(String);
  if (values.length === 0 || values.some((one) => one === ""))
    throw refuse(key, { en: "it needs at least one text that is not empty", zh: "至少需要一个非空文本" });
  const pattern = patternOf(values, how, key, refuse);
  const negated = parsed[1] === "~";
  return (post) => {
    const spans = names.flatMap((name) => found(post, name, pattern));
    return negated ? holds(spans.length === 0) : spans.length > 0 ? spans.filter(({ end }) => end > 0) : undefined;
  };
}

function patternOf(values: readonly string[], how: readonly string[], key: string, refuse: Refuse): RegExp {
  const escaped = values.map((one) => (how.includes("regex") ? `(?:${one})` : one.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")));
  const any = `(?:${escaped.join("|")})`;
  const han = values.some((one) => /\p{Script=Han}/u.test(one));
  const whole = how.includes("full-exact") || how.includes("full-text") ? `^\\s*${any}\\s*$` : undefined;
  const ends = how.includes("starts-with") ? `^\\s*${any}` : how.includes("ends-with") ? `${any}\\s*$` : undefined;
  const word = how.includes("includes") || how.includes("regex") || han ? any : `(?<![\\p{L}\\p{N}])${any}(?![\\p{L}\\p{N}])`;
  try {
    return new RegExp(whole ?? ends ?? word, how.includes("case-sensitive") ? "gu" : "giu");
  } catch (error) {
    throw refuse(key, { en: `the pattern cannot be read (${(error as Error).message})`, zh: "无法解析该正则表达式" });
  }
}

// Places are those of `text`; what matches elsewhere has none.
function found(post: Post, field: string, pattern: RegExp): RuleSpan[] {
  const value =
    field === "body" || field === "text" ? post.text : field === "domain" ? domainOf(post) : String(post[field as "title" | "url" | "id"] ?? "");
  const here = field === "body" || field === "text";
  return [...value.matchAll(pattern)].map(({ 0: text, index }) => (here ? { start: index, end: index + text.length } : { start: 0, end: 0 }));
}

function domainOf({ url, text }: Post): string {
  const links = [url ?? "", ...(text.match(/https?:\/\/[^\s)\]>"']+/g) ?? [])];
  return links.map((link) => (URL.canParse(link) ? new URL(link).hostname : "")).join(" ");
}

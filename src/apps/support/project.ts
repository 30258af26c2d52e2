// Reads a support project: a folder of YAML (and Markdown) files as Rasa has them, in any number of files, plus `flows`, `data` and `settings`. Trains nothing.
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { isAlias, parseDocument, visit } from "yaml";
import { InkstoneError, type Phrase } from "../../core/index.ts";
import { requireFile } from "../../formats/index.ts";
import { type IntentExample, listed, parseExample } from "./examples.ts";
import { flowsOfForms, storiesOf } from "./stories.ts";
import type { Flow, SlotRule, SlotType, SupportProject, SupportSettings } from "./types.ts";

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);
const texts = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : typeof value === "string" ? listed(value) : []);
const fail = (file: string, place: string, why: Phrase): never => {
  throw new InkstoneError("E_SUPPORT_PROJECT", { file, place, why });
};
const largestFile = 16 * 2 ** 20;

// What the files say, before it is held together.
interface Gathered {
  readonly examples: IntentExample[];
  readonly synonyms: Record<string, string>;
  readonly lookups: Record<string, string[]>;
  readonly patterns: Record<string, string[]>;
  readonly emotions: { text: string; label: string }[];
  readonly slots: Record<string, SlotRule>;
  readonly flows: Flow[];
  readonly forms: Record<string, unknown>;
  readonly stories: SupportProject["stories"][number][];
  readonly responses: Record<string, string[]>;
  readonly data: Record<string, unknown>;
  settings: Partial<SupportSettings>;
}

/**
 * Reads a project. Files are `*.yml`, `*.yaml` and Markdown with `## intent:NAME` lists, anywhere in the folder but under `knowledge` and `model`.
 *
 * Errors: E_SUPPORT_PROJECT with file and place; those of opening a file.
 *
 * @example
 * await readSupportProject("not-there"); // throws E_FORMAT_NO_FILE
 */
export async function readSupportProject(folder: string): Promise<SupportProject> {
  const gathered: Gathered = {
    examples: [],
    synonyms: {},
    lookups: {},
    patterns: {},
    emotions: [],
    slots: {},
    flows: [],
    forms: {},
    stories: [],
    responses: {},
    data: {},
    settings: {},
  };
  const files = await projectFiles(folder);
  for (const { name, text } of files) {
    if (name.endsWith(".md")) readMarkdownExamples(text, gathered);
    else readYaml(name, text, gathered);
  }
  const { forms, settings, ...rest } = gathered;
  const project: SupportProject = {
    ...rest,
    folder,
    flows: [...gathered.flows, ...flowsOfForms(forms, gathered.stories)],
    settings: { language: settings.language ?? languageOf(gathered.examples), handOverAfter: 2, maxHistory: 8, vectors: "auto", ...settings },
  };
  check(project);
  return project;
}

/**
 * A digest of everything that training reads: a trained model says from which it came. Errors: those of opening a file.
 *
 * @example
 * await projectDigest("no-such-project"); // throws E_FORMAT_NO_FILE
 */
export async function projectDigest(folder: string): Promise<string> {
  const hash = createHash("sha256");
  for (const { name, text } of await projectFiles(folder)) hash.update(JSON.stringify([name, text]));
  return hash.digest("hex");
}

async function projectFiles(folder: string): Promise<{ name: string; text: string }[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(async () => {
    await requireFile(folder);
    return fail(folder, "-", { en: "a project is a folder", zh: "项目应为文件夹" });
  });
  const paths = entries
    .filter((entry) => entry.isFile() && /\.(?:ya?ml|md)$/i.test(entry.name))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((path) => !/^(?:knowledge|model)[/\\]|(?:^|[/\\])(?:\.|README\.md$)/i.test(path))
    .sort();
  const files = await Promise.all(paths.map(async (name) => ({ name, text: await readFile(join(folder, name), "utf8") })));
  for (const { name, text } of files)
    if (text.length > largestFile) fail(name, "-", { en: `more than ${largestFile} characters`, zh: `超过 ${largestFile} 个字符` });
  return files;
}

// Rasa 1's form: `## intent:greet` and a list.
function readMarkdownExamples(text: string, gathered: Gathered): void {
  for (const [, kind, name, block] of text.matchAll(/^##\s*(intent|synonym|lookup|regex)\s*:\s*(.+?)\s*$([\s\S]*?)(?=^##\s|(?![\s\S]))/gm))
    takeNlu({ [kind]: name, examples: block }, gathered);
}

// Lines within "…" may stand as far left as they like for Rasa's reader; ours wants them further right. Line numbers stay.
function indented(text: string): string {
  let open = false;
  return text
    .split("\n")
    .map((line) => {
      const inside = open;
      const begins = !open && /^\s*(?:-\s+)?[\w/.-]+:\s*"/.test(line);
      if ((open || begins) && (line.replace(/\\./g, "").match(/"/g)?.length ?? 0) % 2 === 1) open = !open;
      return inside ? `        ${line}` : line;
    })
    .join("\n");
}

function readYaml(file: string, text: string, gathered: Gathered): void {
  const document = parseDocument(indented(text), { maxAliasCount: 100, uniqueKeys: false } as Parameters<typeof parseDocument>[1]);
  const [error] = document.errors;
  if (error !== undefined) fail(file, `${error.linePos?.[0].line ?? 1}:${error.linePos?.[0].col ?? 1}`, [error.message.split("\n")[0]]);
  visit(document, (_, node) =>
    isAlias(node) ? fail(file, "-", { en: "aliases are not used in projects", zh: "项目文件不使用 YAML 别名" }) : undefined,
  );
  const root: unknown = document.toJS();
  if (root === null || root === undefined) return;
  const fields = isFields(root) ? root : fail(file, "1", { en: "no mapping of names to values", zh: "不是键值映射" });
  takeFields(file, fields, gathered);
}

function takeFields(file: string, root: Fields, gathered: Gathered): void {
  for (const entry of asList(root.nlu, file, "nlu")) takeNlu(entry, gathered);
  for (const entry of asList(root.emotions, file, "emotions"))
    for (const one of texts(entry.examples)) gathered.emotions.push({ text: one, label: String(entry.emotion) });
  for (const [name, rule] of pairsOf(root.slots)) gathered.slots[name] = slotOf(rule, file, `slots.${name}`);
  for (const [name, flow] of pairsOf(root.flows)) gathered.flows.push(flowOf(name, flow, file));
  for (const [name, form] of pairsOf(root.forms)) gathered.forms[name] = form;
  for (const [name, replies] of pairsOf(root.responses)) gathered.responses[name] = repliesOf(replies);
  for (const [name, table] of pairsOf(root.data)) gathered.data[name] = table;
  gathered.stories.push(...storiesOf(asList(root.stories, file, "stories"), false), ...storiesOf(asList(root.rules, file, "rules"), true));
  if (isFields(root.settings)) gathered.settings = { ...gathered.settings, ...settingsOf(root.settings, file) };
}

function asList(value: unknown, file: string, place: string): Fields[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || !value.every(isFields)) return fail(file, place, { en: "it must be a list of mappings", zh: "须为由映射组成的列表" });
  return value;
}

const pairsOf = (value: unknown): [string, unknown][] => (isFields(value) ? Object.entries(value) : []);

function takeNlu(entry: Fields, { examples, synonyms, lookups, patterns }: Gathered): void {
  const lines = texts(entry.examples);
  if (typeof entry.intent === "string") {
    for (const line of lines) {
      const example = parseExample(line, entry.intent);
      examples.push(example);
      for (const { value, start, end } of example.entities)
        if (example.text.slice(start, end) !== value) synonyms[example.text.slice(start, end).toLowerCase()] = value;
    }
  } else if (typeof entry.synonym === "string") for (const line of lines) synonyms[line.toLowerCase()] = entry.synonym.trim();
  else if (typeof entry.lookup === "string") lookups[entry.lookup] = [...(lookups[entry.lookup] ?? []), ...lines];
  else if (typeof entry.regex === "string") patterns[entry.regex] = [...(patterns[entry.regex] ?? []), ...lines];
}

const slotTypes: readonly SlotType[] = ["text", "number", "date", "email", "phone", "categorical", "bool", "any"];
const aliases: Readonly<Record<string, SlotType>> = { float: "number", int: "number", list: "any", unfeaturized: "any" };

function slotOf(rule: unknown, file: string, place: string): SlotRule {
  const fields: Fields = isFields(rule) ? rule : { type: rule ?? "text" };
  const named = String(fields.type ?? "text");
  const type = aliases[named] ?? (named as SlotType);
  if (!slotTypes.includes(type))
    return fail(file, place, { en: `the type ${named} is none of ${slotTypes.join(", ")}`, zh: `类型 ${named} 不在 ${slotTypes.join("、")} 之列` });
  const pattern = fields.pattern === undefined ? undefined : String(fields.pattern);
  if (pattern !== undefined && !isPattern(pattern))
    return fail(file, place, { en: "the pattern is no regular expression", zh: "pattern 不是合法的正则表达式" });
  const number = (name: string): number | undefined => (typeof fields[name] === "number" ? fields[name] : undefined);
  return {
    type,
    pattern,
    values: Array.isArray(fields.values) ? fields.values.map(String) : undefined,
    least: number("least") ?? number("min_value"),
    most: number("most") ?? number("max_value"),
  };
}

function isPattern(pattern: string): boolean {
  try {
    new RegExp(pattern, "u");
    return pattern.length <= 200;
  } catch {
    return false;
  }
}

function flowOf(name: string, flow: unknown, file: string): Flow {
  if (!isFields(flow)) return fail(file, `flows.${name}`, { en: "it must be a mapping", zh: "须为映射" });
  const known = ["intent", "intents", "slots", "skill", "with", "confirm", "reply"];
  const strange = Object.keys(flow).find((key) => !known.includes(key));
  if (strange !== undefined) fail(file, `flows.${name}.${strange}`, { en: `there are only ${known.join(", ")}`, zh: `只支持 ${known.join("、")}` });
  return {
    name,
    intents: [...texts(flow.intents), ...(typeof flow.intent === "string" ? [flow.intent] : [])],
    slots: texts(flow.slots),
    skill: typeof flow.skill === "string" ? flow.skill : undefined,
    with: isFields(flow.with) ? flow.with : undefined,
    confirm: flow.confirm === true,
    reply: typeof flow.reply === "string" ? flow.reply : undefined,
  };
}

const repliesOf = (replies: unknown): string[] =>
  (Array.isArray(replies) ? replies : [replies])
    .map((one: unknown) => (isFields(one) ? String(one.text ?? "") : String(one)))
    .filter((text) => text !== "");

function settingsOf(settings: Fields, file: string): Partial<SupportSettings> {
  const known = ["language", "knowledge", "handOverAfter", "maxHistory", "vectors"];
  const strange = Object.keys(settings).find((key) => !known.includes(key));
  if (strange !== undefined) fail(file, `settings.${strange}`, { en: `there are only ${known.join(", ")}`, zh: `只支持 ${known.join("、")}` });
  if (settings.language !== undefined && settings.language !== "en" && settings.language !== "zh")
    fail(file, "settings.language", { en: "it is en or zh", zh: "须为 en 或 zh" });
  for (const name of ["handOverAfter", "maxHistory"])
    if (settings[name] !== undefined && !(Number.isInteger(settings[name]) && Number(settings[name]) > 0))
      fail(file, `settings.${name}`, { en: "it is a whole number from 1", zh: "须为正整数" });
  if (settings.vectors !== undefined && (typeof settings.vectors !== "string" || settings.vectors === ""))
    fail(file, "settings.vectors", { en: "it is auto, none or the name of an embedding model", zh: "须为 auto、none 或向量模型名称" });
  return settings as Partial<SupportSettings>;
}

const languageOf = (examples: readonly IntentExample[]): "en" | "zh" => {
  const han = examples.filter(({ text }) => /\p{Script=Han}/u.test(text)).length;
  return han * 2 > examples.length ? "zh" : "en";
};

// What names something that is not there is found now, and not in a talk with a customer.
function check({ flows, slots, responses, folder, examples }: SupportProject): void {
  for (const { name, slots: wanted, reply } of flows) {
    for (const slot of wanted) {
      if (slots[slot] === undefined) fail(folder, `flows.${name}`, { en: `there is no slot ${slot}`, zh: `不存在槽位 ${slot}` });
      if (responses[`utter_ask_${slot}`] === undefined)
        fail(folder, `flows.${name}`, { en: `there is no response utter_ask_${slot}`, zh: `缺少回复 utter_ask_${slot}` });
    }
    if (reply !== undefined && responses[reply] === undefined)
      fail(folder, `flows.${name}`, { en: `there is no response ${reply}`, zh: `缺少回复 ${reply}` });
  }
  if (examples.length === 0) fail(folder, "nlu", { en: "there are no examples of intents", zh: "没有意图示例" });
}

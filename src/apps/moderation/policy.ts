// A policy: labels with thresholds, word lists, classifiers and rules, in YAML. Reads and checks it; decides nothing.
import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { InkstoneError } from "../../core/index.ts";
import { type Classifier, TextClassifier } from "../../pipelines/index.ts";
import { RulesFile } from "../rules-file/index.ts";
import { moderationLabels, starterWords } from "./lexicon.ts";
import { type Rule, readRule } from "./rules.ts";
import type { FilterWord } from "./word-filter.ts";

/** From which score on a label is looked at by a person, and from which a post is removed. Above 1: never. */
export interface Thresholds {
  readonly review: number;
  readonly remove: number;
}

/** A classifier of a policy: its answers become scores of labels. */
export interface PolicyClassifier {
  readonly name: string;
  readonly classifier: Classifier;
  /** Label of the classifier -> label of the policy. */
  readonly labels: ReadonlyMap<string, string>;
}

/** A policy that was read. */
export interface Policy {
  readonly thresholds: ReadonlyMap<string, Thresholds>;
  readonly usual: Thresholds;
  readonly words: readonly FilterWord[];
  readonly allow: readonly string[];
  readonly evasions: boolean;
  /** Whether statements about groups of people (contempt, threats, denied worth) are looked for. Default: as the starter words. */
  readonly statements: boolean;
  readonly rules: readonly Rule[];
  readonly classifiers: readonly PolicyClassifier[];
}

const usual: Thresholds = { review: 0.5, remove: 0.85 };

/** The policy without a file: the small list of its own, review from 0.5, removal from 0.85; words of self-harm are never removed, a person looks at them. */
export const defaultPolicy: Policy = {
  thresholds: new Map([["self-harm", { review: 0.3, remove: 2 }]]),
  usual,
  words: starterWords,
  allow: [],
  evasions: true,
  statements: true,
  rules: [],
  classifiers: [],
};

const known = ["labels", "usual", "words", "starter", "allow", "evasions", "statements", "rules", "classifiers"];

/**
 * Reads a policy file. Errors: E_INPUT_MISSING, E_RULES_FILE with the line, those of `TextClassifier.load`.
 *
 * @example
 * await readPolicy("not-there.yml"); // throws E_INPUT_MISSING
 */
export async function readPolicy(path: string): Promise<Policy> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new InkstoneError("E_INPUT_MISSING", { path }, { cause });
  });
  return parsePolicy(text, { file: basename(path), folder: dirname(path) });
}

/** How the text of a policy is read. */
export interface PolicyReading {
  /** Shown in errors. Default "policy". */
  readonly file?: string;
  /** Where files that it names are. Default: the current folder. */
  readonly folder?: string;
  /** It comes from somebody else: files, classifiers and patterns (which can be made to take for ever) are refused. Default false. */
  readonly closed?: boolean;
}

/**
 * Reads the text of a policy; files that it names are looked for in `folder`.
 *
 * Errors: as `readPolicy`.
 *
 * @example
 * const policy = await parsePolicy("words: [{label: spam, list: [casino]}]\nstarter: false");
 * policy.words; // [{ word: "casino", label: "spam", score: 0.9 }]
 * await parsePolicy("word: []"); // throws E_RULES_FILE
 */
export async function parsePolicy(text: string, { file = "policy", folder = ".", closed = false }: PolicyReading = {}): Promise<Policy> {
  const rules = RulesFile.parse(text, file);
  if (rules.root === null) return defaultPolicy;
  if (typeof rules.root !== "object" || Array.isArray(rules.root))
    throw rules.refuse("", { en: `a policy has the keys ${known.join(", ")}`, zh: `策略应包含以下键：${known.join("、")}` });
  const plain = rules.mapping(rules.root, "", known);
  if (closed) refuseOpen(plain, (key, why) => rules.refuse(`/${key}`, why));
  const at =
    (key: string): At =>
    (path, why) =>
      rules.refuse(path === "" ? `/${key}` : `/${key}/${path}`, why);
  return {
    thresholds: new Map([...defaultPolicy.thresholds, ...labelsOf(plain.labels, at("labels"))]),
    usual: plain.usual === undefined ? usual : thresholds(plain.usual, "", at("usual"), usual),
    words: [...(plain.starter === false ? [] : starterWords), ...(await wordsOf(plain.words, folder, at("words")))],
    allow: textsOf(plain.allow, "", at("allow")),
    evasions: plain.evasions !== false,
    statements: plain.statements === undefined ? plain.starter !== false : plain.statements !== false,
    rules: listOf(plain.rules, at("rules"))
      .map((entry, i) => readRule(entry, `rule ${i + 1}`, (key, why) => at("rules")(`${i}/${key}`, why)))
      .sort((a, b) => b.priority - a.priority),
    classifiers: await Promise.all(
      listOf(plain.classifiers, at("classifiers")).map((entry, i) =>
        classifierOf(entry, folder, (path, why) => at("classifiers")(`${i}/${path}`, why)),
      ),
    ),
  };
}

function refuseOpen({ words, classifiers, rules }: Record<string, unknown>, at: At): void {
  const entries = (value: unknown): object[] =>
    Array.isArray(value) ? value.filter((one): one is object => typeof one === "object" && one !== null) : [];
  const why = { en: "a policy of a request names no files, classifiers or patterns", zh: "请求中的策略不得引用文件、分类器或正则表达式" };
  if (classifiers !== undefined) throw at("classifiers", why);
  if (entries(words).some((one) => "file" in one)) throw at("words", why);
  if (entries(rules).some((one) => Object.keys(one).some((key) => key.includes("regex")))) throw at("rules", why);
}

type At = (path: string, why: { en: string; zh: string }) => InkstoneError;

function listOf(value: unknown, at: At): Record<string, unknown>[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw at("", { en: "it must be a list", zh: "应为列表" });
  return value.map((one: unknown, i) => {
    if (typeof one !== "object" || one === null || Array.isArray(one)) throw at(String(i), { en: "it must have keys and values", zh: "应为键值对" });
    return one as Record<string, unknown>;
  });
}

function textsOf(value: unknown, path: string, at: At): string[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || value.some((one) => typeof one !== "string" && typeof one !== "number"))
    throw at(path, { en: "it must be a list of texts", zh: "应为文本列表" });
  return value.map(String);
}

function labelsOf(value: unknown, at: At): [string, Thresholds][] {
  if (value === undefined || value === null) return [];
  if (typeof value !== "object" || Array.isArray(value))
    throw at("", { en: "it must have a label and its thresholds a line", zh: "每行应为一个标签及其阈值" });
  return Object.entries(value).map(([label, given]) => [label, thresholds(given, label, at, usual)]);
}

function thresholds(value: unknown, path: string, at: At, others: Thresholds): Thresholds {
  const given = typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  const wrong =
    given === undefined
      ? [path]
      : Object.entries(given).flatMap(([key, one]) => ((key === "review" || key === "remove") && typeof one === "number" && one >= 0 ? [] : [key]));
  if (given === undefined || wrong.length > 0)
    throw at([path, ...wrong].filter((one) => one !== "").join("/"), {
      en: "it must have review or remove, numbers from 0",
      zh: "应含 review 或 remove，值为不小于 0 的数",
    });
  return { ...others, ...given };
}

async function wordsOf(value: unknown, folder: string, at: At): Promise<FilterWord[]> {
  const found: FilterWord[] = [];
  for (const [i, entry] of listOf(value, at).entries()) {
    const { label, score = 0.9 } = entry;
    if (typeof label !== "string" || label === "")
      throw at(`${i}/label`, { en: `it needs a label, such as ${moderationLabels.join(", ")}`, zh: `需要标签，例如 ${moderationLabels.join("、")}` });
    if (typeof score !== "number" || score < 0 || score > 1)
      throw at(`${i}/score`, { en: "it must be a number from 0 to 1", zh: "应为 0 到 1 的数" });
    const other = Object.keys(entry).find((key) => !["label", "score", "list", "file"].includes(key));
    if (other !== undefined)
      throw at(`${i}/${other}`, { en: "there is no such key; there are label, score, list, file", zh: "没有此键；可用：label、score、list、file" });
    const listed = [...textsOf(entry.list, `${i}/list`, at), ...(typeof entry.file === "string" ? await linesOf(join(folder, entry.file)) : [])];
    if (listed.length === 0) throw at(String(i), { en: "it needs a list, or a file with a word a line", zh: "需要 list，或每行一词的 file" });
    for (const word of listed) found.push({ word, label, score });
  }
  return found;
}

async function linesOf(path: string): Promise<string[]> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new InkstoneError("E_INPUT_MISSING", { path }, { cause });
  });
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
}

async function classifierOf(entry: Record<string, unknown>, folder: string, at: At): Promise<PolicyClassifier> {
  const { file, labels } = entry;
  if (typeof file !== "string")
    throw at("file", {
      en: "it must name a file that `moderate train` or `classify train` wrote",
      zh: "应为 `moderate train` 或 `classify train` 写出的文件",
    });
  const classifier = await TextClassifier.load(join(folder, file));
  const own = classifier.classes.map(String);
  const given = labels === undefined ? Object.fromEntries(own.map((one) => [one, one])) : (labels as Record<string, unknown>);
  const unknown = Object.keys(given).find((one) => !own.includes(one));
  if (unknown !== undefined) throw at(`labels/${unknown}`, { en: `the classifier has ${own.join(", ")}`, zh: `该分类器的标签为 ${own.join("、")}` });
  return { name: file, classifier, labels: new Map(Object.entries(given).map(([from, to]) => [from, String(to)])) };
}

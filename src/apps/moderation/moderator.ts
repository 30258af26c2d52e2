// Moderator: one post in, an action with its labels, places and reason out. Knows a policy; keeps nothing.
import { refuseOption, type Words } from "../../core/index.ts";
import { defaultPolicy, type Policy, readPolicy, type Thresholds } from "./policy.ts";
import type { ModerationAction, Post } from "./rules.ts";
import { groupStatements, type StatementKind } from "./statements/index.ts";
import { WordFilter } from "./word-filter.ts";

/** A place that led to a label. */
export interface ModerationSpan {
  readonly start: number;
  readonly end: number;
  readonly label: string;
  /** The word and how it was written, or the name of a rule. */
  readonly rule: string;
}

/** What is to be done with a post, and why. */
export interface Verdict {
  readonly action: ModerationAction;
  /** Scores in [0, 1] of the labels that have one; a classifier's are its confidences, those of words are the policy's. */
  readonly labels: Readonly<Record<string, number>>;
  readonly spans: readonly ModerationSpan[];
  readonly reason: string | Words;
}

const order: Readonly<Record<ModerationAction, number>> = { allow: 0, review: 1, remove: 2 };

// How bad a statement about a group is: a threat is removed, the rest is looked at by a person.
const badness: Readonly<Record<StatementKind, number>> = { threat: 0.9, slur: 0.75, contempt: 0.75, worth: 0.6, implied: 0.6 };

/** Most characters of a post. */
export const longestPost = 1_000_000;

/**
 * Judges posts by a policy: words and their evasions, statements about groups of people, classifiers, rules.
 *
 * A rule that says `allow` or `approve` wins over everything below it; else the strongest action wins.
 *
 * @example
 * const moderator = await Moderator.open();
 * const { action, labels } = await moderator.judge("buy c0caine, c0ntact me on telegram");
 * [action, Object.keys(labels)]; // ["remove", ["illegal", "advertising"]]
 * (await moderator.judge("What a lovely day.")).action; // "allow"
 */
export class Moderator {
  readonly policy: Policy;
  readonly #words: WordFilter;

  private constructor(policy: Policy, words: WordFilter) {
    this.policy = policy;
    this.#words = words;
  }

  /** Opens a policy: a file, one that was read, or the default. Errors: those of `readPolicy` and `WordFilter.open`. */
  static async open(policy: string | Policy = defaultPolicy): Promise<Moderator> {
    const read = typeof policy === "string" ? await readPolicy(policy) : policy;
    const { words, allow, evasions } = read;
    return new Moderator(read, await WordFilter.open({ words, allow, evasions }));
  }

  /** The verdict on a post. Errors: E_OPTION for a text of more than a million characters. */
  async judge(given: string | Post): Promise<Verdict> {
    const post: Post = typeof given === "string" ? { text: given } : given;
    checkLength(post.text);
    const labels = new Map<string, number>();
    const spans: ModerationSpan[] = [];
    const raise = (label: string, score: number): void => void labels.set(label, Math.max(score, labels.get(label) ?? 0));
    const title = post.title === undefined ? [] : this.#words.find(post.title);
    for (const { label, score } of title) raise(label, score);
    for (const { start, end, label, score, word, evasion } of this.#words.find(post.text)) {
      raise(label, score);
      spans.push({ start, end, label, rule: evasion === "none" ? `word:${word}` : `word:${word} (${evasion})` });
    }
    for (const { start, end, kind, group } of this.policy.statements ? groupStatements(post.text) : []) {
      raise("hate", badness[kind]);
      spans.push({ start, end, label: "hate", rule: `statement:${kind} (${group})` });
    }
    for (const { classifier, labels: names } of this.policy.classifiers)
      for (const { label, confidence } of (await classifier.classify(post.text)).classes) {
        const name = names.get(String(label));
        if (name !== undefined && name !== "none" && name !== "ok") raise(name, confidence);
      }
    return this.#decided(post, labels, spans);
  }

  /** Frees what the policy's classifiers hold. */
  async close(): Promise<void> {
    await Promise.all(this.policy.classifiers.map(({ classifier }) => classifier.close()));
  }

  #decided(post: Post, labels: ReadonlyMap<string, number>, spans: ModerationSpan[]): Verdict {
    const sorted = [...labels].sort(([, a], [, b]) => b - a);
    let action: ModerationAction = "allow";
    let reason: string | Words = { en: "nothing in the policy applies", zh: "未触及任何策略" };
    for (const [label, score] of sorted) {
      const own = actionOf(score, this.policy.thresholds.get(label) ?? this.policy.usual);
      if (order[own] <= order[action]) continue;
      action = own;
      reason = { en: `${label} ${score.toFixed(2)}`, zh: `${label} ${score.toFixed(2)}` };
    }
    for (const rule of this.policy.rules) {
      const found = rule.match(post);
      if (found === undefined) continue;
      spans.push(...found.map(({ start, end }) => ({ start, end, label: "rule", rule: rule.name })));
      if (rule.action === undefined) continue;
      const why = rule.reason ?? rule.name;
      if (rule.action === "allow") return verdict("allow", sorted, spans, why);
      if (order[rule.action] > order[action]) [action, reason] = [rule.action, why];
    }
    return verdict(action, sorted, spans, reason);
  }
}

function checkLength(text: string): void {
  if (text.length > longestPost) refuseOption("text", text.length, { en: `at most ${longestPost} characters`, zh: `不超过 ${longestPost} 个字符` });
}

const verdict = (
  action: ModerationAction,
  labels: readonly (readonly [string, number])[],
  spans: ModerationSpan[],
  reason: string | Words,
): Verdict => ({
  action,
  labels: Object.fromEntries(labels.map(([label, score]) => [label, Math.round(score * 1e4) / 1e4])),
  spans: spans.sort((a, b) => a.start - b.start || a.end - b.end),
  reason,
});

const actionOf = (score: number, { review, remove }: Thresholds): ModerationAction =>
  score >= remove ? "remove" : score >= review ? "review" : "allow";

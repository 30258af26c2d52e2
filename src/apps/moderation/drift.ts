// Whether posts, or what is done with them, are other than they were: two windows of a history beside each other. Knows no store.
import { InkstoneError } from "../../core/index.ts";
import { differenceOf, type Estimate, shareOf, standing } from "../insight/index.ts";
import type { Moderator } from "./moderator.ts";
import type { ModerationAction, Post } from "./rules.ts";

/** A post of a window, with what a person decided where that is known. */
export interface DriftPost {
  readonly post: Post;
  readonly decided?: ModerationAction;
}

/** A share before and now. */
export interface DriftFinding {
  /** `action:remove`, `label:spam`, `disagreed` (the policy and a person), `unknown-words`. */
  readonly what: string;
  readonly before: Estimate;
  readonly now: Estimate;
  readonly p: number;
  /** Whether it stands among all that were tested (Benjamini & Hochberg 1995, 5 %). */
  readonly drifted: boolean;
}

/** A report. */
export interface DriftReport {
  readonly before: number;
  readonly now: number;
  /** Population stability index of the highest score of a post: below 0.1 alike, above 0.25 another population (Siddiqi 2006). */
  readonly stability: number;
  /** Those that drifted first, then by p. */
  readonly findings: readonly DriftFinding[];
}

const bins = 10;
const least = 20;

interface Judged {
  readonly action: ModerationAction;
  readonly labels: readonly string[];
  readonly top: number;
  readonly disagreed: boolean | undefined;
  readonly words: readonly string[];
}

/**
 * Judges both windows by the policy of today and tests each share for a change.
 *
 * Errors: E_OPTION for a window of fewer than 20 posts; the signal's reason.
 *
 * @example
 * const moderator = await Moderator.open();
 * const clean = Array.from({ length: 40 }, (_, i) => ({ post: { text: `see you on day ${i}` } }));
 * const spam = clean.map((one, i) => (i % 2 ? one : { post: { text: "earn money fast" } }));
 * const { findings } = await moderationDrift(moderator, clean, spam);
 * findings.filter(({ drifted }) => drifted).map(({ what }) => what).includes("label:spam"); // true
 */
export async function moderationDrift(
  moderator: Moderator,
  before: readonly DriftPost[],
  now: readonly DriftPost[],
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<DriftReport> {
  for (const [option, window] of [["before", before] as const, ["now", now] as const])
    if (window.length < least)
      throw new InkstoneError("E_OPTION", {
        option,
        value: String(window.length),
        allowed: { en: `at least ${least} posts`, zh: `至少 ${least} 条帖子` },
      });
  const [old, recent] = [await judgedAll(moderator, before, signal), await judgedAll(moderator, now, signal)];
  const known = new Set(old.flatMap(({ words }) => words));
  const half = new Set(old.slice(0, old.length >> 1).flatMap(({ words }) => words));
  const labels = [...new Set([...old, ...recent].flatMap((one) => one.labels))].sort();
  const tests: { what: string; a: readonly boolean[]; b: readonly boolean[] }[] = [
    ...(["allow", "review", "remove"] as const).map((action) => ({
      what: `action:${action}`,
      a: old.map((one) => one.action === action),
      b: recent.map((one) => one.action === action),
    })),
    ...labels.map((label) => ({
      what: `label:${label}`,
      a: old.map((one) => one.labels.includes(label)),
      b: recent.map((one) => one.labels.includes(label)),
    })),
    {
      what: "disagreed",
      a: old.flatMap(({ disagreed }) => (disagreed === undefined ? [] : [disagreed])),
      b: recent.flatMap(({ disagreed }) => (disagreed === undefined ? [] : [disagreed])),
    },
    // Words that the window before does not have: its own second half against its first says how many are usual.
    { what: "unknown-words", a: old.slice(old.length >> 1).map((one) => mostly(one, half)), b: recent.map((one) => mostly(one, known)) },
  ].filter(({ a, b }) => a.length > 0 && b.length > 0);
  const found = tests.map(({ what, a, b }) => ({ what, before: estimate(a), now: estimate(b), p: pOf(a, b) }));
  const stand = standing(found.map(({ p }) => p));
  const findings = found
    .map((one, i): DriftFinding => ({ ...one, drifted: stand[i] }))
    .sort((a, b) => Number(b.drifted) - Number(a.drifted) || a.p - b.p);
  return {
    before: before.length,
    now: now.length,
    stability: stabilityOf(
      old.map(({ top }) => top),
      recent.map(({ top }) => top),
    ),
    findings,
  };
}

async function judgedAll(moderator: Moderator, posts: readonly DriftPost[], signal: AbortSignal | undefined): Promise<Judged[]> {
  const found: Judged[] = [];
  for (const [i, { post, decided }] of posts.entries()) {
    if (i % 50 === 49) await new Promise((next) => setImmediate(next));
    signal?.throwIfAborted();
    const { action, labels } = await moderator.judge(post);
    const words = post.text.toLowerCase().match(/\p{Script=Han}{2}|[a-z]{3,}/gu) ?? [];
    found.push({
      action,
      labels: Object.keys(labels),
      top: Math.max(0, ...Object.values(labels)),
      disagreed: decided === undefined ? undefined : decided !== action,
      words,
    });
  }
  return found;
}

const mostly = ({ words }: Judged, known: ReadonlySet<string>): boolean =>
  words.length > 0 && words.filter((word) => !known.has(word)).length * 2 > words.length;
const estimate = (all: readonly boolean[]): Estimate => shareOf(all.filter(Boolean).length, all.length);
const pOf = (a: readonly boolean[], b: readonly boolean[]): number => differenceOf(b.map(Number), a.map(Number)).p;

function stabilityOf(before: readonly number[], now: readonly number[]): number {
  const shares = (scores: readonly number[]): number[] => {
    const counts = Array.from({ length: bins }, () => 0.5);
    for (const score of scores) counts[Math.min(bins - 1, Math.floor(score * bins))]++;
    return counts.map((count) => count / (scores.length + bins / 2));
  };
  const [a, b] = [shares(before), shares(now)];
  return Math.round(a.reduce((sum, share, i) => sum + (b[i] - share) * Math.log(b[i] / share), 0) * 1e4) / 1e4;
}

// A policy tried on history: what it would have done, by rule and label, and beside what was decided then. Changes nothing.
import { shortened } from "../../core/index.ts";
import type { Moderator } from "./moderator.ts";
import type { ModerationAction, Post } from "./rules.ts";

/** A post of the past, with what was decided if that is known. */
export interface PastPost {
  readonly post: Post;
  readonly decided?: ModerationAction;
}

/** What a policy would have done. */
export interface DryRun {
  readonly posts: number;
  readonly actions: Readonly<Record<ModerationAction, number>>;
  /** Most frequent first; `examples` are the first three posts. */
  readonly causes: readonly { readonly cause: string; readonly posts: number; readonly examples: readonly string[] }[];
  /** Posts with a decision, and where the policy would have decided otherwise. */
  readonly decided: number;
  readonly agreed: number;
  readonly differences: readonly { readonly decided: ModerationAction; readonly policy: ModerationAction; readonly posts: number }[];
}

/**
 * Tries a policy on posts of the past.
 *
 * @example
 * const moderator = await Moderator.open();
 * const { actions, agreed } = await dryRun(moderator, [{ post: { text: "nice" }, decided: "allow" }, { post: { text: "刷单返利" }, decided: "allow" }]);
 * [actions, agreed]; // [{ allow: 1, review: 0, remove: 1 }, 1]
 */
export async function dryRun(moderator: Moderator, history: Iterable<PastPost> | AsyncIterable<PastPost>): Promise<DryRun> {
  const actions: Record<ModerationAction, number> = { allow: 0, review: 0, remove: 0 };
  const causes = new Map<string, { posts: number; examples: string[] }>();
  const differences = new Map<string, { decided: ModerationAction; policy: ModerationAction; posts: number }>();
  let [posts, decided, agreed] = [0, 0, 0];
  for await (const past of history) {
    const { action, labels, spans } = await moderator.judge(past.post);
    posts++;
    actions[action]++;
    const found = new Set([
      ...Object.keys(labels).map((label) => `label:${label}`),
      ...spans.map(({ rule, label }) => (label === "rule" ? `rule:${rule}` : rule)),
    ]);
    if (action !== "allow") for (const cause of found) counted(causes, cause, past.post.text);
    if (past.decided === undefined) continue;
    decided++;
    if (past.decided === action) agreed++;
    else {
      const key = `${past.decided} ${action}`;
      const one = differences.get(key) ?? { decided: past.decided, policy: action, posts: 0 };
      one.posts++;
      differences.set(key, one);
    }
  }
  const listed = [...causes].map(([cause, rest]) => ({ cause, ...rest })).sort((a, b) => b.posts - a.posts);
  return { posts, actions, causes: listed, decided, agreed, differences: [...differences.values()].sort((a, b) => b.posts - a.posts) };
}

function counted(causes: Map<string, { posts: number; examples: string[] }>, cause: string, text: string): void {
  const one = causes.get(cause) ?? { posts: 0, examples: [] };
  one.posts++;
  if (one.examples.length < 3) one.examples.push(shortened(text, 120));
  causes.set(cause, one);
}

// Stories and rules: what is answered after what. Remembers the turns of stories and finds the longest ending that fits. Knows no texts.
import type { Flow, Story, StoryStep } from "./types.ts";

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * Stories as YAML has them. A step with `or` makes a story for each; `checkpoint` is passed over.
 *
 * @example
 * storiesOf([{ story: "greeting", steps: [{ intent: "greet" }, { action: "utter_greet" }] }], false).map(({ name }) => name); // ["greeting"]
 */
export function storiesOf(entries: readonly Fields[], rule: boolean): Story[] {
  return entries.flatMap((entry) => {
    const ways = (Array.isArray(entry.steps) ? entry.steps : []).reduce<StoryStep[][]>(
      (before, step: unknown) => before.flatMap((way) => stepsOf(step).map((one) => [...way, ...one])),
      [[]],
    );
    return ways.slice(0, 64).map((steps) => ({ name: String(entry.story ?? entry.rule ?? ""), rule, steps }));
  });
}

// The ways in which a step can go, each some steps.
function stepsOf(step: unknown): StoryStep[][] {
  if (!isFields(step)) return [[]];
  if (Array.isArray(step.or)) return step.or.flatMap((one: unknown) => stepsOf(one));
  if (typeof step.intent === "string")
    return [
      [
        {
          kind: "intent",
          intent: step.intent,
          entities: (Array.isArray(step.entities) ? step.entities : []).flatMap((one: unknown) =>
            isFields(one) ? Object.entries(one).map(([name, value]) => `${name}=${String(value)}`) : [String(one)],
          ),
        },
      ],
    ];
  if (typeof step.action === "string") return [[{ kind: "action", action: step.action }]];
  if (Array.isArray(step.slot_was_set)) {
    const slots = Object.fromEntries(step.slot_was_set.flatMap((one: unknown) => (isFields(one) ? Object.entries(one) : [[String(one), true]])));
    return [[{ kind: "slot", slots }]];
  }
  return [[]];
}

/** Forms as flows: a rule or story whose intent is answered by the form begins it, the `utter_` action behind the form is its reply. */
export function flowsOfForms(forms: Fields, stories: readonly Story[]): Flow[] {
  return Object.entries(forms).map(([name, form]) => {
    const required = isFields(form) ? (form.required_slots ?? form) : [];
    const slots = Array.isArray(required) ? required.map(String) : isFields(required) ? Object.keys(required) : [];
    const intents = new Set<string>();
    let reply: string | undefined;
    for (const { steps } of stories)
      for (const [i, step] of steps.entries()) {
        if (step.kind !== "action" || step.action !== name) continue;
        const before = steps.slice(0, i).findLast(({ kind }) => kind === "intent");
        if (before?.kind === "intent") intents.add(before.intent);
        const behind = steps.slice(i + 1).find(({ kind }) => kind === "action");
        if (behind?.kind === "action" && behind.action.startsWith("utter_")) reply ??= behind.action;
      }
    return { name, intents: [...intents], slots, reply };
  });
}

const listen = "listen";
const keyOf = (step: StoryStep): string =>
  step.kind === "intent"
    ? `i ${step.intent} ${[...step.entities].sort().join(",")}`
    : step.kind === "action"
      ? `a ${step.action}`
      : `s ${JSON.stringify(Object.entries(step.slots).sort())}`;
// Looser: entities and slots that were set do not count.
const looseKey = (step: StoryStep): string | undefined =>
  step.kind === "intent" ? `i ${step.intent}` : step.kind === "action" ? `a ${step.action}` : undefined;

/**
 * What is answered next, by what rules and stories answered in the same place. Rules come before stories, longer histories before shorter ones; of two answers the one that more
 * stories give. As Rasa's memoization policy with augmentation, and its rule policy.
 *
 * @example
 * const stories = storiesOf([{ story: "hello", steps: [{ intent: "greet" }, { action: "utter_greet" }] }], false);
 * new StoryPolicy(stories, 5).next([{ kind: "intent", intent: "greet", entities: [] }]); // "utter_greet"
 */
export class StoryPolicy {
  readonly #rules = new Map<string, Map<string, number>>();
  readonly #exact = new Map<string, Map<string, number>>();
  readonly #loose = new Map<string, Map<string, number>>();
  readonly #turns: number;

  constructor(stories: readonly Story[], maxHistory: number) {
    this.#turns = maxHistory;
    for (const { rule, steps } of stories) {
      for (let i = 1; i <= steps.length; i++) {
        const next =
          steps[i] === undefined || steps[i].kind === "intent"
            ? listen
            : steps[i].kind === "action"
              ? (steps[i] as { action: string }).action
              : undefined;
        if (next === undefined) continue;
        const before = steps.slice(0, i);
        if (rule) count(this.#rules, this.#ending(before, looseKey, before.length), next);
        else {
          // Every ending of what came before is remembered: a story may begin in the middle of a talk.
          for (let turns = 1; turns <= this.#turns; turns++) {
            count(this.#exact, this.#ending(before, keyOf, turns), next);
            count(this.#loose, this.#ending(before, looseKey, turns), next);
          }
        }
      }
    }
  }

  /** The next action; undefined to wait for the customer, or where nothing fits. */
  next(history: readonly StoryStep[]): string | undefined {
    const last = history.findLastIndex(({ kind }) => kind === "intent");
    const found = mostOf(this.#rules.get(this.#ending(history.slice(Math.max(0, last)), looseKey, 1))) ?? this.#remembered(history);
    return found === listen ? undefined : found;
  }

  #remembered(history: readonly StoryStep[]): string | undefined {
    for (const [table, key] of [
      [this.#exact, keyOf],
      [this.#loose, looseKey],
    ] as const)
      for (let turns = this.#turns; turns >= 1; turns--) {
        const found = mostOf(table.get(this.#ending(history, key, turns)));
        if (found !== undefined) return found;
      }
    return undefined;
  }

  // The last so many turns, each from an intent on.
  #ending(history: readonly StoryStep[], key: (step: StoryStep) => string | undefined, turns: number): string {
    let from = history.length;
    for (let seen = 0; from > 0 && seen < turns; ) if (history[--from].kind === "intent") seen++;
    return history
      .slice(from)
      .map(key)
      .filter((one) => one !== undefined)
      .join("\n");
  }
}

function count(table: Map<string, Map<string, number>>, key: string, next: string): void {
  const counts = table.get(key) ?? new Map<string, number>();
  counts.set(next, (counts.get(next) ?? 0) + 1);
  table.set(key, counts);
}

const mostOf = (counts: ReadonlyMap<string, number> | undefined): string | undefined =>
  counts === undefined ? undefined : [...counts].sort((one, other) => other[1] - one[1])[0][0];

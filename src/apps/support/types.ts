// What a support project says, once it is read: intents, slots, flows, stories, replies. Knows no files.
import type { IntentExample } from "./examples.ts";

/** Kinds of slots, and what they take. */
export type SlotType = "text" | "number" | "date" | "email" | "phone" | "categorical" | "bool" | "any";

/** A slot: something that a flow must know. */
export interface SlotRule {
  readonly type: SlotType;
  /** Allowed values of a categorical one. */
  readonly values?: readonly string[];
  /** A regular expression that the whole value must match. */
  readonly pattern?: string;
  readonly least?: number;
  readonly most?: number;
}

/** A flow: what an intent begins, which slots it asks for, what it does when it has them. */
export interface Flow {
  readonly name: string;
  readonly intents: readonly string[];
  readonly slots: readonly string[];
  /** Skill that is called with the slots; its results are at hand for the reply. */
  readonly skill?: string;
  /** Fixed arguments of the skill beside the slots. */
  readonly with?: Readonly<Record<string, unknown>>;
  /** Ask before the skill is called. A skill that changes something always asks. */
  readonly confirm?: boolean;
  /** Response when it is done. */
  readonly reply?: string;
}

/** A step of a story (entities as `name` or `name=value`): what the customer means, or what is answered. */
export type StoryStep =
  | { readonly kind: "intent"; readonly intent: string; readonly entities: readonly string[] }
  | { readonly kind: "action"; readonly action: string }
  | { readonly kind: "slot"; readonly slots: Readonly<Record<string, unknown>> };

/** A story or a rule. */
export interface Story {
  readonly name: string;
  readonly rule: boolean;
  readonly steps: readonly StoryStep[];
}

/** Settings with their defaults. */
export interface SupportSettings {
  readonly language: "en" | "zh";
  /** Knowledge base to answer from; the project's folder `knowledge` is read into it at training. */
  readonly knowledge?: string;
  /** Unanswered turns in a row before a person is called: 2. */
  readonly handOverAfter: number;
  /** How many turns back a story is remembered: 8. */
  readonly maxHistory: number;
  /**
   * Sentence vectors beside the words: "auto" (the language's usual embedding model where it is at hand, else words alone, and training says so), "none", or an embedding model by name,
   * which is fetched where it is not at hand.
   */
  readonly vectors: string;
}

/** A project. */
export interface SupportProject {
  readonly folder: string;
  readonly examples: readonly IntentExample[];
  readonly synonyms: Readonly<Record<string, string>>;
  readonly lookups: Readonly<Record<string, readonly string[]>>;
  readonly patterns: Readonly<Record<string, readonly string[]>>;
  readonly emotions: readonly { readonly text: string; readonly label: string }[];
  readonly slots: Readonly<Record<string, SlotRule>>;
  readonly flows: readonly Flow[];
  readonly stories: readonly Story[];
  readonly responses: Readonly<Record<string, readonly string[]>>;
  /** Tables for the skills: orders, rates, weather, fees … */
  readonly data: Readonly<Record<string, unknown>>;
  readonly settings: SupportSettings;
}

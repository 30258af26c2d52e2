// What a lesson is made of: items with their keys and places, levels, a section of an outline. Knows no rules.
import type { Language } from "../../core/index.ts";

/** Levels of Bloom's taxonomy as revised by Anderson & Krathwohl (2001), lowest first. */
export const bloomLevels = ["remember", "understand", "apply", "analyze", "evaluate", "create"] as const;

/** A level of Bloom's taxonomy. */
export type BloomLevel = (typeof bloomLevels)[number];

/** Kinds of items. */
export const itemTypes = ["multiple-choice", "cloze", "short-answer"] as const;

/** A kind of item. */
export type ItemType = (typeof itemTypes)[number];

/** A question with its key, and the sentence of the source that says it. */
export interface TutorItem {
  /** The same for the same source, sentence and key. */
  readonly id: string;
  readonly type: ItemType;
  readonly question: string;
  /** The right answer: characters `keyStart` to `keyEnd` of the source. */
  readonly key: string;
  readonly keyStart: number;
  readonly keyEnd: number;
  /** Wrong answers; three for a multiple choice, none else. */
  readonly distractors: readonly string[];
  /** Key and distractors in the order in which they are shown; empty else. */
  readonly choices: readonly string[];
  /** The sentence: characters `start` to `end` of the source. */
  readonly sentence: string;
  readonly start: number;
  readonly end: number;
  readonly document: string;
  /** What it is about, as knowledge is traced by it. */
  readonly concept: string;
  /** Estimated from how rare the key is, how long the sentence, how near the distractors: 0 easy to 1 hard. Not calibrated on learners. */
  readonly difficulty: number;
  readonly bloom: BloomLevel;
  readonly language: Language;
}

/** A text to learn from. */
export interface TutorSource {
  readonly text: string;
  readonly document?: string;
}

// A talk as it is kept between turns, and what it says to a person who takes over. Plain data; knows no store.
import { shortened } from "../../core/index.ts";
import type { Citation } from "../answers/index.ts";
import type { Felt } from "./emotion.ts";
import type { StoryStep } from "./types.ts";

/** A flow that is under way. */
export interface OpenFlow {
  readonly name: string;
  /** Slot that was asked for; undefined while a confirmation is awaited. */
  readonly asking: string | undefined;
  readonly tries: number;
}

/** A turn as it was. */
export interface KeptTurn {
  readonly said: string;
  readonly intent: string;
  readonly reply: string;
}

/** A talk. */
export interface Talk {
  readonly customer: string | undefined;
  readonly slots: Readonly<Record<string, string | number | boolean>>;
  readonly history: readonly StoryStep[];
  readonly flow: OpenFlow | undefined;
  readonly moods: readonly Felt[];
  /** Turns in a row that could not be answered. */
  readonly unanswered: number;
  readonly turns: readonly KeptTurn[];
  readonly handedOver: boolean;
}

/**
 * A talk that has not begun.
 *
 * @example
 * newTalk("anna").customer; // "anna"
 */
export const newTalk = (customer?: string): Talk => ({
  customer,
  slots: {},
  history: [],
  flow: undefined,
  moods: [],
  unanswered: 0,
  turns: [],
  handedOver: false,
});

/** Why a person is called. */
export type HandOverReason = "asked" | "mood" | "unanswered" | "flow";

/** What a person who takes over is told. */
export interface HandOver {
  readonly reason: HandOverReason;
  /** In the project's language. */
  readonly summary: string;
}

/** The answer to a turn. */
export interface SupportReply {
  readonly intent: string;
  readonly confidence: number;
  readonly slots: Talk["slots"];
  readonly reply: string;
  readonly citations: readonly Citation[];
  readonly emotion: Felt;
  readonly handOver: HandOver | null;
}

const keptTurns = 50;

/** The talk with one more turn. */
export function withTurn(talk: Talk, turn: KeptTurn): Talk {
  return { ...talk, turns: [...talk.turns, turn].slice(-keptTurns), history: talk.history.slice(-4 * keptTurns) };
}

const reasons: Readonly<Record<HandOverReason, { readonly en: string; readonly zh: string }>> = {
  asked: { en: "the customer asked for a person", zh: "客户要求人工服务" },
  mood: { en: "the customer is upset", zh: "客户情绪不佳" },
  unanswered: { en: "questions could not be answered", zh: "多次未能解答" },
  flow: { en: "a question was answered wrongly three times", zh: "同一问题三次未能得到有效回答" },
};

/** What a person should know before taking over: why, what was wanted, what is known, the last words. */
export function summaryOf(talk: Talk, reason: HandOverReason, language: "en" | "zh", said: string): string {
  const wanted = [...new Set(talk.turns.map(({ intent }) => intent))].slice(-5).join(", ");
  const known = Object.entries(talk.slots)
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(", ");
  const mood = talk.moods
    .slice(-3)
    .map(({ emotion }) => emotion)
    .join(" → ");
  const last = [...talk.turns.slice(-2).map((turn) => turn.said), said].map((one) => `“${shortened(one, 200)}”`).join(" ");
  return language === "zh"
    ? `原因：${reasons[reason].zh}。意图：${wanted || "-"}。已知：${known || "-"}。情绪：${mood || "-"}。最近发言：${last}`
    : `Why: ${reasons[reason].en}. Wanted: ${wanted || "-"}. Known: ${known || "-"}. Mood: ${mood || "-"}. Last words: ${last}`;
}

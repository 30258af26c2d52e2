// What people thought of answers: kept by its owner, seen, changed, taken away, and turned into rows for training. Knows no models.
import { InkstoneError } from "../core/index.ts";
import type { Records, StoredRecord } from "./records.ts";

/** A message before an answer. */
export interface FeedbackTurn {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
}

/** An answer that somebody judged. */
export interface JudgedAnswer {
  /** The conversation up to the answer; its last message is the question. */
  readonly prompt: readonly FeedbackTurn[];
  readonly answer: string;
  /** 1: good; -1: bad. */
  readonly rating?: 1 | -1;
  /** What should stand there instead: an edit, or another answer that was chosen over this one. */
  readonly better?: string;
  /** What wrote the answer. */
  readonly model?: string;
}

/** The same as it is kept. Times in milliseconds since 1970. */
export interface FeedbackRow extends JudgedAnswer {
  readonly id: string;
  readonly created: number;
  readonly updated: number;
}

/** What rows for training look like. */
export const feedbackFormats = ["preferences", "ratings", "examples"] as const;

/** preferences: prompt, chosen, rejected (DPO, ORPO); ratings: prompt, completion, label; examples: messages, of answers that are good. */
export type FeedbackFormat = (typeof feedbackFormats)[number];

/** Rows of one owner. */
const MOST = 10_000;

/**
 * What people thought of answers. Every call names whose it is.
 *
 * @example
 * const { feedback } = await openStore({ file: ":memory:" });
 * await feedback.put("", "a1", { prompt: [{ role: "user", content: "Ink?" }], answer: "Paper.", better: "Stone." });
 * trainingRows(await feedback.all(""), "preferences").length; // 1
 */
export class Feedback {
  readonly #records: Records<JudgedAnswer>;

  constructor(records: Records<JudgedAnswer>) {
    this.#records = records;
  }

  /** Keeps what is thought of an answer, over what was thought before. Errors: E_FEEDBACK_MANY. */
  async put(owner: string, id: string, judged: JudgedAnswer): Promise<FeedbackRow> {
    if ((await this.#records.get(owner, id)) === undefined && (await this.#records.list(owner, { limit: MOST })).length >= MOST)
      throw new InkstoneError("E_FEEDBACK_MANY", { limit: MOST });
    await this.#records.put(owner, id, judged);
    return this.get(owner, id);
  }

  /** Errors: E_RECORD_UNKNOWN. */
  async get(owner: string, id: string): Promise<FeedbackRow> {
    const found = await this.#records.get(owner, id);
    if (found === undefined) throw unknown(id);
    return shown(found);
  }

  /** The newest first; `before`: those older than the row of this id. */
  async list(owner: string, { limit = 100, before }: { readonly limit?: number; readonly before?: string } = {}): Promise<FeedbackRow[]> {
    return (await this.#records.list(owner, { limit, before })).map(shown);
  }

  /** All of an owner, in the order in which they came. */
  async all(owner: string): Promise<FeedbackRow[]> {
    return (await this.list(owner, { limit: MOST })).reverse();
  }

  /** Errors: E_RECORD_UNKNOWN. */
  async remove(owner: string, id: string): Promise<void> {
    if (!(await this.#records.remove(owner, id))) throw unknown(id);
  }

  /** Takes everything of an owner away; how many. */
  clear(owner: string): Promise<number> {
    return this.#records.keepLatest(owner, 0);
  }
}

const shown = ({ id, body, created, updated }: StoredRecord<JudgedAnswer>): FeedbackRow => ({ id, ...body, created, updated });
const unknown = (id: string) => new InkstoneError("E_RECORD_UNKNOWN", { kind: { en: "feedback", zh: "反馈" }, id: id.slice(0, 100) });
const said = (content: string) => [{ role: "assistant", content }];

/**
 * Rows for training. A preference is an answer with what should stand there, or a good and a bad answer to the same conversation; twice the same is once.
 *
 * @example
 * const prompt = [{ role: "user", content: "Ink?" }] as const;
 * trainingRows([{ prompt, answer: "Stone.", rating: 1 }, { prompt, answer: "Paper.", rating: -1 }], "preferences");
 * // [{ prompt: [{ role: "user", content: "Ink?" }], chosen: [{ role: "assistant", content: "Stone." }], rejected: [{ role: "assistant", content: "Paper." }] }]
 */
export function trainingRows(judged: readonly JudgedAnswer[], format: FeedbackFormat): object[] {
  if (format === "ratings")
    return judged.flatMap(({ prompt, answer, rating }) => (rating === undefined ? [] : [{ prompt, completion: said(answer), label: rating === 1 }]));
  if (format === "examples")
    return once(
      judged.flatMap(({ prompt, answer, rating, better }) => {
        const good = better ?? (rating === 1 ? answer : undefined);
        return good === undefined ? [] : [{ messages: [...prompt, ...said(good)] }];
      }),
    );
  const pairs = judged.flatMap(({ prompt, answer, better }) => (better === undefined || better === answer ? [] : [pair(prompt, better, answer)]));
  const byPrompt = new Map<string, JudgedAnswer[]>();
  for (const one of judged) {
    const key = JSON.stringify(one.prompt);
    byPrompt.set(key, [...(byPrompt.get(key) ?? []), one]);
  }
  for (const same of byPrompt.values())
    for (const good of same.filter(({ rating }) => rating === 1))
      for (const bad of same.filter(({ rating, answer }) => rating === -1 && answer !== good.answer))
        pairs.push(pair(good.prompt, good.answer, bad.answer));
  return once(pairs);
}

const pair = (prompt: JudgedAnswer["prompt"], chosen: string, rejected: string) => ({ prompt, chosen: said(chosen), rejected: said(rejected) });
const once = <Row extends object>(rows: readonly Row[]): Row[] => [...new Map(rows.map((row) => [JSON.stringify(row), row])).values()];

/**
 * How many there are of what.
 *
 * @example
 * feedbackCounts([{ prompt: [], answer: "a", rating: 1 }]); // { answers: 1, good: 1, bad: 0, better: 0, preferences: 0 }
 */
export function feedbackCounts(judged: readonly JudgedAnswer[]): {
  readonly answers: number;
  readonly good: number;
  readonly bad: number;
  readonly better: number;
  readonly preferences: number;
} {
  const count = (holds: (one: JudgedAnswer) => boolean) => judged.filter(holds).length;
  return {
    answers: judged.length,
    good: count(({ rating }) => rating === 1),
    bad: count(({ rating }) => rating === -1),
    better: count(({ better }) => better !== undefined),
    preferences: trainingRows(judged, "preferences").length,
  };
}

// Judged answers at the server: kept, changed, taken away by their owner. Knows no view.
import { get, reach, send } from "./http.ts";

/** A message before an answer. */
export interface PromptTurn {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
}

/** An answer that somebody judged. */
export interface JudgedAnswer {
  readonly prompt: readonly PromptTurn[];
  readonly answer: string;
  /** 1: good; -1: bad. */
  readonly rating?: 1 | -1;
  /** What should stand there instead. */
  readonly better?: string;
  readonly model?: string;
}

/** The same as the server keeps it; times in milliseconds. */
export interface FeedbackRow extends JudgedAnswer {
  readonly id: string;
  readonly created: number;
  readonly updated: number;
}

export interface FeedbackCounts {
  readonly answers: number;
  readonly good: number;
  readonly bad: number;
  readonly better: number;
  readonly preferences: number;
}

const place = (id: string) => `./v1/feedback/${encodeURIComponent(id)}`;

export const listFeedback = (after?: string, signal?: AbortSignal) =>
  get<{ data: FeedbackRow[]; has_more: boolean; counts: FeedbackCounts }>(
    `./v1/feedback?limit=50${after === undefined ? "" : `&after=${encodeURIComponent(after)}`}`,
    signal,
  );
export const keepFeedback = (id: string, row: JudgedAnswer) => send<FeedbackRow>(place(id), row, { method: "PUT" });
export const dropFeedback = (id: string) => send<unknown>(place(id), undefined, { method: "DELETE" });
export const dropAllFeedback = () => send<unknown>("./v1/feedback", undefined, { method: "DELETE" });
/** Rows for training, as JSON Lines. */
export const exportFeedback = async (format: "preferences" | "ratings" | "examples"): Promise<string> =>
  (await reach(`./v1/feedback/export?format=${format}`)).text();

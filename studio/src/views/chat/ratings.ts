// What people thought of the answers of a talk: as rows that the server keeps, and as rows for training. Pure.
import type { JudgedAnswer, PromptTurn } from "../../api/feedback.ts";
import { type Entry, turnsOf, type Version } from "./conversation.svelte.ts";
import type { Talk } from "./talks.svelte.ts";

/** The conversation before an answer, its system prompt first. */
export function promptOf({ entries, settings }: Pick<Talk, "entries" | "settings">, index: number): PromptTurn[] {
  const system = settings?.system.trim() ? [{ role: "system" as const, content: settings.system.trim() }] : [];
  return [...system, ...turnsOf(entries.slice(0, index))];
}

/** An answer with what is thought of it; undefined: nothing is. */
export function judgedOf(prompt: readonly PromptTurn[], { content, original, rating, model }: Version): JudgedAnswer | undefined {
  if (rating === undefined && original === undefined) return undefined;
  const better = original === undefined ? {} : { better: content };
  return { prompt, answer: original ?? content, ...(rating === undefined ? {} : { rating }), ...better, ...(model === undefined ? {} : { model }) };
}

/** One row a rating, edit or choice, each with the messages that went before. */
export function ratingRows(talks: readonly Talk[]): object[] {
  return talks.flatMap((talk) =>
    talk.entries.flatMap((entry: Entry, i) => {
      if (entry.role !== "assistant" || entry.content === "") return [];
      const prompt = promptOf(talk, i);
      const said = (content: string) => [{ role: "assistant", content }];
      const pair = (chosen: Version, rejected: Version) => ({
        prompt,
        chosen: said(chosen.content),
        rejected: said(rejected.content),
        chosen_model: chosen.model,
        rejected_model: rejected.model,
      });
      const versions = entry.versions ?? [entry];
      return [
        ...(entry.rejected === undefined ? [] : [pair(entry, entry.rejected)]),
        ...versions.flatMap((one) => (one.original === undefined ? [] : [pair(one, { ...one, content: one.original })])),
        ...versions.flatMap(({ content, original, rating, model }) =>
          rating === undefined ? [] : [{ prompt, completion: said(original ?? content), label: rating === 1, model }],
        ),
      ];
    }),
  );
}

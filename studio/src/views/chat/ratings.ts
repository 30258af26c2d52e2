// What people thought of answers, as rows for training from preferences: {prompt, chosen, rejected} and {prompt, completion, label}. Pure.
import { type Entry, turnsOf } from "./conversation.svelte.ts";
import type { Talk } from "./talks.svelte.ts";

/** One row a rating or choice, each with the messages that went before. */
export function ratingRows(talks: readonly Talk[]): object[] {
  return talks.flatMap(({ entries, settings }) =>
    entries.flatMap((entry: Entry, i) => {
      if (entry.role !== "assistant" || entry.content === "") return [];
      const system = settings?.system.trim() ? [{ role: "system", content: settings.system.trim() }] : [];
      const prompt = [...system, ...turnsOf(entries.slice(0, i))];
      const said = (content: string) => [{ role: "assistant", content }];
      return [
        ...(entry.rejected === undefined
          ? []
          : [
              {
                prompt,
                chosen: said(entry.content),
                rejected: said(entry.rejected.content),
                chosen_model: entry.model,
                rejected_model: entry.rejected.model,
              },
            ]),
        ...(entry.versions ?? [entry]).flatMap(({ content, rating, model }) =>
          rating === undefined ? [] : [{ prompt, completion: said(content), label: rating === 1, model }],
        ),
      ];
    }),
  );
}

// WikiText-2: perplexity of articles by word and by byte (Merity et al. 2016).
import type { EvaluationTask } from "../task.ts";

// An article begins with a line "= Title =".
function articles(lines: readonly string[]): string[] {
  const found: string[][] = [];
  for (const line of lines) {
    if (found.length === 0 || /^ ?= [^=].*[^=] = ?$/.test(line)) found.push([]);
    found.at(-1)?.push(line);
  }
  return found.map((article) => article.join("\n").trim()).filter((text) => text !== "");
}

/** Windows side by side of up to 1,024 tokens; the first token of a window is not counted. */
export const wikitext: EvaluationTask = {
  name: "wikitext",
  title: { en: "WikiText-2: perplexity", zh: "WikiText-2：困惑度" },
  language: "en",
  needs: "score",
  metric: "word_perplexity",
  better: "lower",
  exponentials: ["word_perplexity", "byte_perplexity"],
  load: async (files) =>
    articles(await files.lines("language-modelling/wikitext-2/wiki.valid.tokens")).map((text) => ({ ask: () => ({ kind: "read", text }) })),
};

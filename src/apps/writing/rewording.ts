// A model words a text anew; what it says is held against the text that it was given: no number, name or quotation may be new or lost. Knows the model's interface only.
import type { TextGenerator } from "../../generate/index.ts";
import type { WritingLanguage } from "./wording.ts";

/** A text that a model has worded. */
export interface Reworded {
  /** The model's text, or the given one where the model's did not hold. */
  readonly text: string;
  readonly kept: boolean;
  /** What was new or lost. */
  readonly problems: readonly string[];
}

/** How to word. */
export interface RewordOptions {
  readonly language?: WritingLanguage;
  /** For whom, in words. */
  readonly audience?: string;
  readonly seed?: number;
  readonly signal?: AbortSignal;
}

const facts = /\d[\d,.:/–-]*\d|\d|(?<![.!?。！？]\s|^)\b\p{Lu}[\p{L}\p{N}'’-]+|“[^”]{2,}”|"[^"]{2,}"/gu;

// Numbers, names and quotations of a text.
function factsOf(text: string): Set<string> {
  return new Set((text.match(facts) ?? []).map((one) => one.replaceAll(",", "").toLowerCase()));
}

/** What one text says that the other does not: numbers, names, quotations, "+" new and "-" lost. */
export function factProblems(source: string, text: string): string[] {
  const [had, has] = [factsOf(source), factsOf(text)];
  const [plainSource, plainText] = [source.replaceAll(",", "").toLowerCase(), text.replaceAll(",", "").toLowerCase()];
  const added = [...has].filter((one) => !had.has(one) && !plainSource.includes(one));
  const lost = [...had].filter((one) => /\d|["“]/.test(one) && !has.has(one) && !plainText.includes(one));
  return [...added.map((one) => `+${one}`), ...lost.map((one) => `-${one}`)];
}

/**
 * Lets a model word a text anew, and keeps the result only if every number and quotation is still there and no number, name or quotation is new.
 *
 * Errors: those of the model.
 *
 * @example
 * const model = await LanguageModel.open("model.gguf");
 * const { text, kept, problems } = await reword(model, "Sales rose 4 % to 120.");
 * kept === (problems.length === 0) && (kept || text === "Sales rose 4 % to 120."); // true
 * await model.close();
 */
export async function reword(
  model: Pick<TextGenerator, "generate">,
  text: string,
  { language = "en", audience, seed = 0, signal }: RewordOptions = {},
): Promise<Reworded> {
  const ask =
    language === "zh"
      ? `请改写下面的文字${audience === undefined ? "" : `，读者是${audience}`}。不得改动数字、名称和引文，不得添加事实。只输出改写后的文字。`
      : `Reword the text below${audience === undefined ? "" : ` for ${audience}`}. Keep every number, name and quotation, add no facts. Answer with the text only.`;
  const { text: answer } = await model.generate([{ role: "user", content: `${ask}\n\n${text}` }], {
    temperature: 0.7,
    seed,
    maxTokens: Math.min(2048, 64 + text.length),
    signal,
  });
  const worded = answer.trim();
  const problems = worded === "" ? ["-"] : factProblems(text, worded);
  return problems.length === 0 ? { text: worded, kept: true, problems } : { text, kept: false, problems };
}

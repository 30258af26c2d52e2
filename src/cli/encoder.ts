// Opening an encoder for a verb: the pull with its progress, and what is to be said about a model.
import type { EncoderInformation } from "../generate/index.ts";
import type { PullProgress } from "../hub/index.ts";
import { pullReporter } from "./model.ts";
import { ProgressLine, type Surroundings } from "./terminal.ts";

/** Opens it and shows the progress of a fetch on standard error. */
export async function openWithProgress<T>(
  around: Surroundings,
  open: (options: { readonly signal: AbortSignal; readonly onProgress: (progress: PullProgress) => void }) => Promise<T>,
): Promise<T> {
  const line = new ProgressLine(around.errors);
  try {
    return await open({ signal: around.signals.signal, onProgress: pullReporter(line, around) });
  } finally {
    line.end();
  }
}

/** Says so when a vocabulary without capitals is given some: they are unknown tokens there. */
export function warnOfCapitals({ lacksCapitals }: EncoderInformation, texts: readonly string[], { errors, say }: Surroundings): void {
  if (!lacksCapitals || !texts.some((text) => /\p{Lu}/u.test(text))) return;
  const words = {
    en: "This model's tokenizer keeps capitals, and its vocabulary has none: words with capitals are unknown to it. --lowercase mends that.",
    zh: "此模型的分词器保留大写字母，而词表中没有大写：含大写的词会被视为未知。可用 --lowercase 解决。",
  };
  errors.write(`${say(words)}\n`);
}

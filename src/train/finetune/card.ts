// What a fine-tuning says of itself, in Markdown. Knows no training.
import type { FinetuneResult } from "./plan.ts";

/** The card of a run. */
export function finetuneCard(result: Omit<FinetuneResult, "path">, kept: object): string {
  const { method, rows, tokens, answerTokens, done, steps, parameters, trained, before, best, seconds, peakBytes } = result;
  const row = (name: string, value: string | number) => `| ${name} | ${value} |`;
  const number = (value: number) => value.toLocaleString("en-US");
  return [
    `# Fine-tuned by ${method}`,
    "",
    "What it was asked for stands in `finetune.json`, every step in `log.jsonl`.",
    "",
    "| | |",
    "| --- | --- |",
    row("parameters of the model", number(parameters)),
    row("of them trained, or beside them", number(trained)),
    row("rows (training, validation)", `${number(rows.train)}, ${number(rows.validation)}`),
    row("left out (without an answer, too long)", `${number(rows.withoutAnswer)}, ${number(rows.tooLong)}`),
    row("tokens of the training rows, of their answers", `${number(tokens)}, ${number(answerTokens)}`),
    row("steps", `${done} of ${steps}`),
    ...(before === undefined ? [] : [row("validation loss before", before.toFixed(4))]),
    ...(best === undefined ? [] : [row("best validation loss", `${best.loss.toFixed(4)} (step ${best.step})`)]),
    row("time", `${seconds.toFixed(0)} s`),
    row("most memory", `${Math.round(peakBytes / 2 ** 20)} MB`),
    "",
    "![loss](loss.svg)",
    "",
    "```json",
    JSON.stringify(kept, undefined, 2),
    "```",
    "",
  ].join("\n");
}

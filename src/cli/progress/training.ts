// How far the training of a language model is: a line that fills, and a line of its own for each look and each thing of note. Knows no model.
import type { LogEntry } from "../../train/index.ts";
import type { ProgressLine, Surroundings } from "../terminal.ts";

/** Tells of each entry of a run's log. A step that was left out stands in the log alone. */
export function trainingProgress(
  line: ProgressLine,
  { errors, say }: Surroundings,
): (entry: LogEntry, progress: { readonly done: number; readonly total: number }) => void {
  return ({ step, loss, validationLoss, bitsPerByte, bleu, chrF, tokensPerSecond, note }, { done, total }) => {
    const at = `${say({ en: "step", zh: "步" })} ${step}`;
    if (note !== undefined && note !== "skipped") errors.write(`${at}: ${note}\n`);
    const pace = `${tokensPerSecond} ${say({ en: "tokens/s", zh: "词元/秒" })}`;
    if (loss !== undefined) line.update(`${say({ en: "Training", zh: "正在训练" })} ${loss.toFixed(4)} · ${pace}`, done, total);
    if (validationLoss === undefined) return;
    line.end();
    const validation = say({ en: "validation", zh: "验证" });
    const bits = bitsPerByte === undefined ? "" : ` · ${bitsPerByte.toFixed(4)} ${say({ en: "bits a byte", zh: "比特/字节" })}`;
    const answers = bleu === undefined || chrF === undefined ? "" : ` · BLEU ${bleu.toFixed(2)} · chrF ${chrF.toFixed(2)}`;
    errors.write(`${at}: ${validation} ${validationLoss.toFixed(4)}${bits}${answers}\n`);
  };
}

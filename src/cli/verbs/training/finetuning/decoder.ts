// inkstone finetune of a decoder: what is told while it goes, and at the end.
import { counted } from "../../../../core/index.ts";
import type { FinetunePlan, FinetuneResult, FinetuneSettings } from "../../../../train/index.ts";
import type { Say } from "../../../options.ts";
import { trainingProgress } from "../../../progress/training.ts";
import { ProgressLine, type Surroundings } from "../../../terminal.ts";

/** Flags of `finetune` that a decoder takes. */
export interface DecoderFlags extends FinetuneSettings {
  readonly output: string;
  readonly validationData?: string;
  readonly resume?: boolean;
  readonly json?: boolean;
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MB`;

/** Runs it. Errors: those of `finetune`. */
export async function finetuneDecoder(model: string, data: string, { json, ...flags }: DecoderFlags, around: Surroundings): Promise<void> {
  const { output, errors, signals, say } = around;
  const { finetune } = await import("../../../../train/index.ts");
  const line = new ProgressLine(errors);
  try {
    const result = await finetune(model, data, {
      ...flags,
      signal: signals.signal,
      onProgress: (fraction) => line.update(say({ en: "Reading the model", zh: "正在读取模型" }), Math.round(fraction * 100), 100),
      onPlan: (plan) => {
        line.end();
        for (const told of planWords(plan, say)) errors.write(`${told}\n`);
      },
      onEntry: trainingProgress(line, around),
    });
    line.end();
    output.write(json ? `${JSON.stringify(result)}\n` : `${resultWords(result, say)}\n`);
  } finally {
    line.end();
  }
}

function planWords({ rows, tokens, answerTokens, steps, trained, parameters, memory }: FinetunePlan, say: Say): string[] {
  const number = (value: number) => value.toLocaleString("en-US");
  const told = [
    say({
      en: `${counted(rows.train, "row")} to train on, ${number(rows.validation)} for validation; ${counted(tokens, "token")}, ${number(answerTokens)} of them answers`,
      zh: `训练 ${number(rows.train)} 行，验证 ${number(rows.validation)} 行；${number(tokens)} 个词元，其中回答 ${number(answerTokens)} 个`,
    }),
    say({
      en: `${counted(trained, "weight")} to train beside or among ${number(parameters)}; ${counted(steps, "step")}; about ${megabytes(memory.total)} of memory`,
      zh: `训练 ${number(trained)} 个权重（模型共 ${number(parameters)} 个）；${steps} 步；约需内存 ${megabytes(memory.total)}`,
    }),
  ];
  if (rows.withoutAnswer > 0)
    told.push(
      say({ en: `left out: ${counted(rows.withoutAnswer, "row")} without an answer`, zh: `略去 ${number(rows.withoutAnswer)} 行没有回答的数据` }),
    );
  if (rows.tooLong > 0)
    told.push(
      say({
        en: `left out: ${counted(rows.tooLong, "row")} ${rows.tooLong === 1 ? "that is" : "that are"} too long (--max-length)`,
        zh: `略去 ${number(rows.tooLong)} 行过长的数据（--max-length）`,
      }),
    );
  return told;
}

function resultWords({ path, before, best, done, seconds, peakBytes }: FinetuneResult, say: Say): string {
  const loss =
    best === undefined
      ? ""
      : say({
          en: `validation loss ${before?.toFixed(4) ?? "-"} -> ${best.loss.toFixed(4)} (step ${best.step}), `,
          zh: `验证损失 ${before?.toFixed(4) ?? "-"} -> ${best.loss.toFixed(4)}（第 ${best.step} 步），`,
        });
  return say({
    en: `${path}: ${loss}${counted(done, "step")} in ${seconds.toFixed(0)} s, at most ${megabytes(peakBytes)}`,
    zh: `${path}：${loss}${done} 步，用时 ${seconds.toFixed(0)} 秒，内存最多 ${megabytes(peakBytes)}`,
  });
}

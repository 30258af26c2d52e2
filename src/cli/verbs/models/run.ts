// inkstone run MODEL [PROMPT]: one answer, or a chat when there is no prompt.
import { InkstoneError } from "../../../core/index.ts";
import type { GenerateOptions, GenerateResult, Message, TextGenerator } from "../../../generate/index.ts";
import { speedLine, speedRows } from "../../chat/speeds.ts";
import { isRedirected, readAll } from "../../input.ts";
import { isRun, openModel } from "../../model.ts";
import {
  type ContextFlags,
  contextOption,
  type EngineFlags,
  jsonOption,
  numberOption,
  precisionOption,
  type Say,
  threadsOption,
} from "../../options.ts";
import { tableOf } from "../../table.ts";
import { dim, isTerminal, ProgressLine, type Surroundings, shown } from "../../terminal.ts";
import type { Verb } from "../verb.ts";

interface Flags extends EngineFlags, ContextFlags {
  readonly system?: string;
  readonly raw?: boolean;
  readonly adapter?: string;
  readonly temperature?: number;
  readonly topP?: number;
  readonly maxTokens?: number;
  readonly seed?: number;
  readonly json?: boolean;
  readonly verbose?: boolean;
}

/** What a small model that was just trained writes at 0 goes in circles. */
const RUN_TEMPERATURE = 0.8;

/** The verb `run`. Errors: E_USAGE, E_INPUT_EMPTY, E_INPUT_SIZE, and those of `LanguageModel`. */
export const verb: Verb = {
  name: "run",
  define(command, say, around) {
    command
      .summary(say({ en: "ask a model, or chat with it", zh: "向模型提问，或与之对话" }))
      .description(
        say({
          en: "Answers a prompt, given or piped in; where both are there, the text that is piped in stands before the prompt. Without one it is a chat: /clear begins anew, /bye leaves, Ctrl-C stops an answer.",
          zh: "回答给出或经管道输入的提示词；两者都有时，管道输入的文本在前。没有提示词时进入对话：/clear 重新开始，/bye 退出，Ctrl-C 停止回答。",
        }),
      )
      .argument(
        "<model>",
        say({
          en: "a catalogue name, a hub name, a .gguf file, a folder with config.json, or the folder of a run",
          zh: "内置模型名、hub 名、.gguf 文件、含 config.json 的文件夹，或训练运行的文件夹",
        }),
      )
      .argument("[prompt]", say({ en: "the question; - reads it from standard input", zh: "问题；- 表示从标准输入读取" }))
      .option("--system <text>", say({ en: "instruction that comes first", zh: "系统提示词" }))
      .option("--adapter <dir>", say({ en: "an adapter that `finetune` or peft wrote", zh: "由 `finetune` 或 peft 写出的适配器" }));
    addSampling(command, say).action((model: string, prompt: string | undefined, flags: Flags) => run(model, prompt, flags, around));
  },
};

function addSampling(command: Parameters<Verb["define"]>[0], say: Say): Parameters<Verb["define"]>[0] {
  return command
    .option(
      "--raw",
      say({
        en: "no chat template: the prompt goes to the model as it is, special tokens written in it count",
        zh: "不使用对话模板：提示词原样送入模型，其中的特殊词元生效",
      }),
    )
    .addOption(
      numberOption("--temperature <t>", say({ en: "0 is greedy", zh: "0 为贪心解码" }), { least: 0, most: 2 }, "INKSTONE_TEMPERATURE").default(
        undefined,
        say({ en: `0; ${RUN_TEMPERATURE} for the folder of a run`, zh: `0；训练运行的文件夹为 ${RUN_TEMPERATURE}` }),
      ),
    )
    .addOption(
      numberOption(
        "--top-p <p>",
        say({ en: "keep the likeliest tokens up to this probability", zh: "核采样概率" }),
        { least: 1e-6, most: 1 },
        "INKSTONE_TOP_P",
      ),
    )
    .addOption(
      numberOption(
        "--max-tokens <n>",
        say({ en: "most new tokens", zh: "最多生成的词元数" }),
        { least: 1, most: 1e6, whole: true },
        "INKSTONE_MAX_TOKENS",
      ).default(undefined, say({ en: "512, or what fits", zh: "512 或剩余上下文" })),
    )
    .addOption(
      numberOption(
        "--seed <n>",
        say({ en: "for the same answer again at a temperature above 0", zh: "温度大于 0 时复现同样的回答" }),
        { least: 0, most: Number.MAX_SAFE_INTEGER, whole: true },
        "INKSTONE_SEED",
      ),
    )
    .addOption(precisionOption(say))
    .addOption(threadsOption(say))
    .addOption(contextOption(say))
    .option("--verbose", say({ en: "tell what an answer took", zh: "显示回答的详细用时" }))
    .addOption(jsonOption(say));
}

// A text that is piped in stands before the prompt.
async function withPiped(given: string | undefined, around: Surroundings): Promise<string | undefined> {
  if (given === undefined || around.input.isTTY || !isRedirected()) return given;
  const text = await readAll(around.input);
  return text.trim() === "" ? given : `${text.trimEnd()}\n\n${given}`;
}

async function run(reference: string, given: string | undefined, asked: Flags, around: Surroundings): Promise<void> {
  const flags = { ...asked, temperature: asked.temperature ?? (isRun(reference) ? RUN_TEMPERATURE : 0) };
  const prompt = given === "-" || (given === undefined && !around.input.isTTY) ? await piped(around) : await withPiped(given, around);
  if (prompt === undefined && flags.json) throw new InkstoneError("E_USAGE", { why: { en: "--json needs a prompt.", zh: "--json 需要提示词。" } });
  if (prompt === "") throw new InkstoneError("E_INPUT_EMPTY", { what: { en: "the prompt", zh: "提示词" } });
  if (flags.raw && flags.system !== undefined)
    throw new InkstoneError("E_USAGE", {
      why: { en: "--raw takes no --system: there is no template to put it in.", zh: "--raw 不能与 --system 同用：没有模板可以放置它。" },
    });
  const { precision, threads, adapter, context } = flags;
  const size = context === undefined ? {} : { contextLength: context };
  if (prompt === undefined) {
    const [{ chat }, { holdKeys }] = await Promise.all([import("../../chat/chat.ts"), import("../../chat/held-keys.ts")]);
    const open = (other: string) => openModel(other, { precision, threads, ...size }, around);
    const { system, raw, verbose } = flags;
    const letGo = holdKeys(around);
    const model = await openModel(reference, { precision, threads, adapter, ...size }, around).finally(letGo);
    return chat(model, { system, raw, verbose, options: generateOptions(flags), open }, around);
  }
  const model = await openModel(reference, { precision, threads, adapter, slots: 1, ...size }, around);
  try {
    await answer(model, prompt, flags, around);
  } finally {
    await model.close();
  }
}

async function piped({ input }: Surroundings): Promise<string> {
  const text = await readAll(input);
  if (text.trim() === "") throw new InkstoneError("E_INPUT_EMPTY", { what: { en: "standard input", zh: "标准输入" } });
  return text.replace(/\r?\n$/, ""); // the line end that echo adds is not part of the question
}

function generateOptions(flags: Flags): GenerateOptions {
  const { temperature, topP, maxTokens, seed, raw } = flags;
  return { temperature, topP, maxTokens, seed, ...(raw ? { special: true } : {}) };
}

async function answer(model: TextGenerator, prompt: string, flags: Flags, around: Surroundings): Promise<void> {
  const system: readonly Message[] = flags.system === undefined ? [] : [{ role: "system", content: flags.system }];
  const input = flags.raw ? prompt : [...system, { role: "user" as const, content: prompt }];
  let result: GenerateResult | undefined;
  let text = "";
  const reading = new ProgressLine(around.errors);
  const { readingReporter } = await import("../../chat/chat.ts");
  const onProgress = readingReporter(reading, around);
  try {
    for await (const piece of model.stream(input, { ...generateOptions(flags), onProgress, signal: around.signals.signal })) {
      reading.end();
      if (!flags.json && piece.text !== "") around.output.write(shown(piece.text, around.output));
      text += piece.text;
      result = piece.result ?? result;
    }
  } finally {
    reading.end();
  }
  if (result === undefined || result.finishReason === "cancelled") throw new InkstoneError("E_CANCELLED", { what: { en: "The answer", zh: "回答" } });
  if (flags.json) around.output.write(`${JSON.stringify(asJson(result))}\n`);
  else if (!text.endsWith("\n")) around.output.write("\n");
  if (flags.verbose) around.errors.write(tableOf(speedRows(result, around.say)));
  else if (!flags.json && isTerminal(around.errors)) around.errors.write(`${dim(speedLine(result, around.say), around.errors)}\n`);
}

function asJson({ text, tokenIds, promptTokens, completionTokens, finishReason, timings }: GenerateResult): object {
  const { loadMs, firstTokenMs, prefillTokensPerSecond, decodeTokensPerSecond } = timings;
  return {
    text,
    tokenIds,
    promptTokens,
    completionTokens,
    finishReason,
    timings: { loadMs, firstTokenMs, prefillTokensPerSecond, decodeTokensPerSecond },
  };
}

// inkstone tutor correct|simplify|vocabulary [TEXT | -]: errors with their corrections, simpler texts, words in context.
import { type Command, Option } from "commander";
import type { ReadingLevel } from "../../../apps/index.ts";
import { InkstoneError, type Language } from "../../../core/index.ts";
import { readAll } from "../../input.ts";
import { jsonOption, numberOption, type Say } from "../../options.ts";
import { type Surroundings, shown } from "../../terminal.ts";

interface Flags {
  readonly level: ReadingLevel;
  readonly count: number;
  readonly language?: Language;
  readonly json?: boolean;
}

/** Adds the verbs that help with language. */
export function addLanguageHelp(command: Command, say: Say, around: Surroundings): void {
  const text = say({ en: "the text; - or none reads standard input", zh: "文本；- 或省略时从标准输入读取" });
  const language = (): Option =>
    new Option("--language <l>", say({ en: "of the text (default: found out)", zh: "文本语言（默认自动识别）" })).choices(["en", "zh"]);
  const level = (what: string): Option => new Option("--level <l>", what).choices(["A", "B", "C"]).default("B");
  command
    .command("correct")
    .description(say({ en: "Corrects what learners get wrong most, and says why.", zh: "改正学习者常犯的错误并说明原因。" }))
    .argument("[text]", text)
    .addOption(language())
    .addOption(jsonOption(say))
    .action((given: string | undefined, flags: Flags) => correct(given, flags, around));
  command
    .command("simplify")
    .description(say({ en: "Says a text in simpler words and shorter sentences.", zh: "用更简单的词和更短的句子改写文本。" }))
    .argument("[text]", text)
    .addOption(level(say({ en: "of the reader: A few words, C most", zh: "读者水平：A 初级，C 高级" })))
    .addOption(language())
    .addOption(jsonOption(say))
    .action((given: string | undefined, flags: Flags) => simplify(given, flags, around));
  command
    .command("vocabulary")
    .description(say({ en: "Words above a level, where they stand and what beside them.", zh: "超出水平的词语及其语境与搭配。" }))
    .argument("[text]", text)
    .addOption(level(say({ en: "that the reader has", zh: "读者已有水平" })))
    .addOption(numberOption("--count <n>", say({ en: "at most so many", zh: "最多词数" }), { least: 1, most: 1000, whole: true }).default(20))
    .addOption(language())
    .addOption(jsonOption(say))
    .action((given: string | undefined, flags: Flags) => vocabulary(given, flags, around));
}

async function textOf(given: string | undefined, { input }: Surroundings): Promise<string> {
  const text = given === undefined || given === "-" ? await readAll(input) : given;
  if (text.trim() === "") throw new InkstoneError("E_INPUT_EMPTY", { what: { en: "the text", zh: "文本" } });
  return text;
}

async function correct(given: string | undefined, { language, json }: Flags, around: Surroundings): Promise<void> {
  const { correctLanguage } = await import("../../../apps/index.ts");
  const found = correctLanguage(await textOf(given, around), language);
  const { output, say } = around;
  const lines = found.corrections.map(
    ({ start, end, text, correction, reason }) => `  ${start}–${end}  ${text} → ${correction === "" ? "∅" : correction}  ${say(reason)}`,
  );
  output.write(json ? `${JSON.stringify(found)}\n` : shown(`${[found.text.trimEnd(), ...lines].join("\n")}\n`, output));
}

async function simplify(given: string | undefined, { level, language, json }: Flags, around: Surroundings): Promise<void> {
  const { simplifyText } = await import("../../../apps/index.ts");
  const found = simplifyText(await textOf(given, around), level, language);
  around.output.write(json ? `${JSON.stringify(found)}\n` : `${found.text.trimEnd()}\n`);
}

async function vocabulary(given: string | undefined, { level, count, language, json }: Flags, around: Surroundings): Promise<void> {
  const { vocabularyOf } = await import("../../../apps/index.ts");
  const words = await vocabularyOf(await textOf(given, around), { level, most: count, ...(language ? { language } : {}) });
  const { output } = around;
  const lines = words.map(
    ({ word, level: own, count: times, simpler, gap }) =>
      `${word}  ${own}  ×${times}${simpler === undefined ? "" : `  = ${simpler}`}  ${gap.replace(/\s+/g, " ")}`,
  );
  output.write(json ? `${JSON.stringify({ words })}\n` : shown(`${lines.join("\n")}\n`, output));
}

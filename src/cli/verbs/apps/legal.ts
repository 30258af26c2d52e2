// inkstone legal interview FORM --answers FILE --output DOC: a letter from typed answers, each clause with what it rests on. Not legal advice.
import { type Command, Option } from "commander";
import { InkstoneError, type Language } from "../../../core/index.ts";
import { readTextFile } from "../../input.ts";
import type { Surroundings } from "../../terminal.ts";
import type { Verb } from "../verb.ts";

interface Flags {
  readonly answers: string;
  readonly output: string;
  readonly language?: Language;
  readonly trace?: string;
  readonly force?: boolean;
}

/** The verb `legal`. Errors: E_USAGE, E_OPTION, E_OPTION_UNKNOWN, E_RULES_FILE, E_INPUT_MISSING, E_IO_CREATE, E_PACKAGE_MISSING. */
export const verb: Verb = {
  name: "legal",
  define(command: Command, say, around) {
    command.summary(say({ en: "write letters from a form's answers", zh: "按表单答案生成法律文书" }));
    command
      .command("interview")
      .description(
        say({
          en: "Writes a letter from typed answers; an unknown jurisdiction is refused. Not legal advice.",
          zh: "根据带类型的答案生成文书；未知的法域将被拒绝。非法律意见。",
        }),
      )
      .argument("<form>", say({ en: "complaint, refund, tenancy, or a .yaml file", zh: "complaint、refund、tenancy，或 .yaml 文件" }))
      .requiredOption("--answers <file>", say({ en: "answers in YAML or JSON", zh: "YAML 或 JSON 答案文件" }))
      .requiredOption("--output <doc>", say({ en: "letter: .md or .docx", zh: "文书文件：.md 或 .docx" }))
      .addOption(new Option("--language <l>", say({ en: "language of a shipped form", zh: "内置表单的语言" })).choices(["en", "zh"]))
      .option("--trace <file>", say({ en: "JSON: each clause with its answers", zh: "JSON 文件：各条款及其所依据的答案" }))
      .option("--force", say({ en: "replace a file that is there", zh: "覆盖已有文件" }))
      .action((form: string, flags: Flags) => run(form, flags, around));
  },
};

async function run(name: string, flags: Flags, { output, say, language }: Surroundings): Promise<void> {
  const { answers: file, output: to, trace, force = false } = flags;
  if (!/\.(?:md|docx)$/i.test(to))
    throw new InkstoneError("E_USAGE", { why: { en: "--output ends in .md or .docx.", zh: "--output 应以 .md 或 .docx 结尾。" } });
  const [{ LegalForm, legalDocx, legalNotice, shippedForm }, { refuseExisting }, { writeFileDurably }, { parse }] = await Promise.all([
    import("../../../apps/index.ts"),
    import("../../outputs.ts"),
    import("../../../formats/index.ts"),
    import("yaml"),
  ]);
  const form = /\.ya?ml$/i.test(name) ? LegalForm.parse(await readTextFile(name, 1 << 20), name) : shippedForm(name, flags.language ?? language);
  let answers: unknown;
  try {
    answers = parse(await readTextFile(file, 1 << 20));
  } catch (cause) {
    if (cause instanceof InkstoneError) throw cause;
    throw new InkstoneError("E_RULES_FILE", { file, where: "/", why: { en: "this is not YAML or JSON", zh: "不是有效的 YAML 或 JSON" } }, { cause });
  }
  if (typeof answers !== "object" || answers === null || Array.isArray(answers))
    throw new InkstoneError("E_RULES_FILE", { file, where: "/", why: { en: "it is not a mapping", zh: "不是映射" } });
  const letter = form.write({ ...answers });
  const { markdown, clauses, notice } = letter;
  await refuseExisting(trace === undefined ? [to] : [to, trace], force);
  await writeFileDurably(to, /\.docx$/i.test(to) ? await legalDocx(letter) : markdown);
  if (trace !== undefined) await writeFileDurably(trace, `${JSON.stringify({ clauses, notice })}\n`);
  output.write(`${say({ en: `${clauses.length} clauses: ${to}`, zh: `${clauses.length} 条：${to}` })}\n(${say(legalNotice)})\n`);
}

// inkstone translate FILE --to zh: a document, its layout kept, what failed its checks marked. inkstone translate MODEL [TEXT | -]: texts, in translate-texts.ts.
import { existsSync, statSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { counted, InkstoneError, shortened } from "../../../core/index.ts";
import type { Precision } from "../../../native/index.ts";
import { jsonOption, numberOption, precisionOption, threadsOption } from "../../options.ts";
import { isTerminal, ProgressLine, type Surroundings, shown } from "../../terminal.ts";
import { withStore } from "../../with-store.ts";
import type { Verb } from "../verb.ts";
import { translateTexts } from "./translate-texts.ts";

interface Flags {
  readonly to?: string;
  readonly from?: string;
  readonly model?: string;
  readonly glossary?: string;
  readonly output?: string;
  readonly memory?: boolean;
  readonly label?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
  readonly beams?: number;
  readonly precision?: Precision;
  readonly threads?: number;
}

const documents = /\.(?:txt|text|md|markdown|docx)$/i;

/** The verb `translate`. Errors: E_USAGE, E_OPTION, E_RULES_FILE, E_INPUT_MISSING, E_INPUT_EMPTY, E_IO_CREATE, E_DATABASE*, those of models. */
export const verb: Verb = {
  name: "translate",
  define(command, say, around) {
    command
      .summary(say({ en: "translate texts and documents, and say what did not hold", zh: "翻译文本与文档，并标出未通过核对的句子" }))
      .description(
        say({
          en: "Translates texts by a model, or a text, Markdown or DOCX file sentence by sentence: numbers, tags, placeholders, links and terms of a glossary are held against the source; what does not hold is marked.",
          zh: "用模型翻译给出的文本；或逐句翻译文本、Markdown 或 DOCX 文件：数字、标签、占位符、链接与术语均与原文核对，未通过的句子会被标出。",
        }),
      )
      .argument(
        "<model-or-file>",
        say({
          en: "a model such as bergamot:en-pt; with --to a .txt, .md or .docx file",
          zh: "模型，如 bergamot:en-pt；与 --to 同用时为 .txt、.md 或 .docx 文件",
        }),
      )
      .argument(
        "[texts...]",
        say({ en: "texts for the model; - or none reads standard input, a text a line", zh: "交给模型的文本；- 或省略则读取标准输入，每行一条" }),
      )
      .option("--to <language>", say({ en: "into which language: zh, en, de …", zh: "目标语言：zh、en、de 等" }))
      .option("--from <language>", say({ en: "of which language (default: found out)", zh: "源语言（默认自动识别）" }))
      .option("--model <name>", say({ en: "which model translates", zh: "翻译所用模型" }))
      .option("--glossary <file>", say({ en: "terms: source,target a line (CSV or TSV)", zh: "术语表：每行 原文,译文（CSV 或 TSV）" }))
      .option(
        "--output <file>",
        say({
          en: "where it goes (default: beside the file, with the language in its name)",
          zh: "写入的文件（默认与原文件在同一文件夹，名称带语言代码）",
        }),
      )
      .option("--memory", say({ en: "keep translations in the store, and use those that are there", zh: "使用并更新翻译记忆" }))
      .option("--no-label", say({ en: "do not write that a machine translated it", zh: "不写入机器翻译标识" }))
      .option("--force", say({ en: "replace a file that is there", zh: "覆盖已有文件" }))
      .addOption(
        numberOption("--beams <n>", say({ en: "texts: ways that are looked at side by side", zh: "文本：并行搜索的路径数" }), {
          least: 1,
          most: 16,
          whole: true,
        }),
      )
      .addOption(precisionOption(say))
      .addOption(threadsOption(say))
      .addOption(jsonOption(say))
      .action((first: string, texts: readonly string[], flags: Flags) => {
        const isDocument = flags.to !== undefined && existsSync(first) && statSync(first).isFile();
        if (isDocument && texts.length > 0)
          throw new InkstoneError("E_USAGE", {
            why: { en: "a file is translated whole: give no texts with it.", zh: "文件将整体翻译：请勿同时给出文本。" },
          });
        return isDocument || documents.test(first) ? run(first, flags, around) : translateTexts(first, texts, flags, around);
      });
  },
};

async function run(file: string, flags: Flags, around: Surroundings): Promise<void> {
  const { to, from, model } = flags;
  if (!existsSync(file) || !statSync(file).isFile()) throw new InkstoneError("E_INPUT_MISSING", { path: file });
  if (to === undefined || !documents.test(file))
    throw new InkstoneError("E_USAGE", {
      why: { en: "translate needs a .txt, .md or .docx file and --to.", zh: "translate 需要 .txt、.md 或 .docx 文件与 --to。" },
    });
  if (model === undefined) throw new InkstoneError("E_USAGE", { why: { en: "translate needs --model.", zh: "translate 需要 --model。" } });
  const output = flags.output ?? join(dirname(file), `${basename(file, extname(file))}.${to}${extname(file)}`);
  if (extname(output).toLowerCase() !== extname(file).toLowerCase())
    throw new InkstoneError("E_USAGE", { why: { en: `--output ends in ${extname(file)}.`, zh: `--output 应以 ${extname(file)} 结尾。` } });
  const [{ Glossary, TranslationMemory, translateDocument }, { refuseExisting }, { openTranslator }] = await Promise.all([
    import("../../../apps/index.ts"),
    import("../../outputs.ts"),
    import("../../translator.ts"),
  ]);
  await refuseExisting([output], flags.force ?? false);
  const glossary = flags.glossary === undefined ? undefined : await Glossary.read(flags.glossary);
  const translator = await openTranslator(model, around);
  const { errors, signals, say } = around;
  const bar = new ProgressLine(errors);
  const onProgress = ({ done, total }: { done: number; total: number }): void => {
    if (isTerminal(errors)) bar.update(say({ en: "Translating", zh: "正在翻译" }), done, total);
  };
  const options = { to, from, glossary, output, label: flags.label !== false, signal: signals.signal, onProgress };
  try {
    const found = flags.memory
      ? await withStore((store) =>
          translateDocument(translator, file, { ...options, memory: new TranslationMemory(store), audit: { log: store.audit } }),
        )
      : await translateDocument(translator, file, options);
    bar.end();
    tell(found, output, flags.json, around);
  } finally {
    bar.end();
    await translator.close();
  }
}

type Done = Awaited<ReturnType<typeof import("../../../apps/index.ts").translateDocument>>;

function tell({ sentences, failed, confidence }: Done, file: string, json: boolean | undefined, { output, say }: Surroundings): void {
  if (json) {
    output.write(`${JSON.stringify({ output: file, sentences, failed, confidence })}\n`);
    return;
  }
  const wrong = sentences
    .filter((one) => one.failed)
    .slice(0, 20)
    .map(({ source, problems }) => `  ⚠ ${shortened(source, 70)}  (${problems.map(({ kind, text }) => `${kind} ${text}`.trim()).join("; ")})\n`);
  const head = say({
    en: `${counted(sentences.length, "sentence")}, ${failed} did not pass ${failed === 1 ? "its" : "their"} checks; confidence ${confidence.toFixed(2)}: ${file}\n`,
    zh: `共 ${sentences.length} 句，${failed} 句未通过核对；置信度 ${confidence.toFixed(2)}：${file}\n`,
  });
  output.write(shown(head + wrong.join(""), output));
}

// inkstone legal interview FORM --output DOC, review FILE, train DATA, research BASE QUESTION: letters from typed answers, contracts read, kinds of clauses learned, sources asked. Not legal advice.
import { createInterface } from "node:readline";
import { type Command, Option } from "commander";
import type { ContractReview, KindScores, LearnedKind, LegalForm } from "../../../apps/index.ts";
import { counted, InkstoneError, type Language, shortened, type Words } from "../../../core/index.ts";
import { readAll, readTextFile } from "../../input.ts";
import { foldsOption, jsonOption, type Say, seedOption } from "../../options.ts";
import { isTerminal, ProgressLine, type Surroundings, shown } from "../../terminal.ts";
import { withStore } from "../../with-store.ts";
import type { Verb } from "../verb.ts";

interface Flags {
  readonly answers?: string;
  readonly font?: string;
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
          en: "Writes a letter from typed answers, asked for one by one without --answers; an unknown jurisdiction is refused. Not legal advice.",
          zh: "根据带类型的答案生成文书，未给 --answers 时逐项提问；未知的法域将被拒绝。非法律意见。",
        }),
      )
      .argument("<form>", say({ en: "complaint, refund, tenancy, or a .yaml file", zh: "complaint、refund、tenancy，或 .yaml 文件" }))
      .option("--answers <file>", say({ en: "answers in YAML or JSON", zh: "YAML 或 JSON 答案文件" }))
      .requiredOption("--output <doc>", say({ en: "letter: .md, .docx or .pdf", zh: "文书文件：.md、.docx 或 .pdf" }))
      .addOption(new Option("--language <l>", say({ en: "language of a shipped form", zh: "内置表单的语言" })).choices(["en", "zh"]))
      .addOption(new Option("--font <file>", say({ en: "font of a PDF; needed for Chinese", zh: "PDF 字体文件，中文必需" })).env("INKSTONE_PDF_FONT"))
      .option("--trace <file>", say({ en: "JSON: each clause with its answers", zh: "JSON 文件：各条款及其所依据的答案" }))
      .option("--force", say({ en: "replace a file that is there", zh: "覆盖已有文件" }))
      .action((form: string, flags: Flags) => run(form, flags, around));
    addReview(command, say, around);
    addTraining(command, say, around);
    addResearch(command, say, around);
  },
};

interface ReviewFlags {
  readonly playbook?: string;
  readonly kinds?: string;
  readonly language?: Language;
  readonly json?: boolean;
}

function addReview(command: Command, say: Say, around: Surroundings): void {
  command
    .command("review")
    .description(
      say({
        en: "Reads a contract: parties, dates, money, term, renewal, liability, what is unusual and what is missing, each with its place.",
        zh: "审阅合同：当事人、日期、金额、期限、续期、责任、异常与缺失条款，均附原文位置。",
      }),
    )
    .argument(
      "<file>",
      say({ en: "text, Markdown, HTML, DOCX or PDF; - reads standard input", zh: "文本、Markdown、HTML、DOCX 或 PDF；- 从标准输入读取" }),
    )
    .option("--playbook <file>", say({ en: "what it is held against, in YAML", zh: "审阅规则（YAML）" }))
    .option(
      "--kinds <file>",
      say({ en: "kinds of clauses as `legal train` learned them, told beside", zh: "`legal train` 学得的条款类型，一并列出" }),
    )
    .addOption(
      new Option("--language <l>", say({ en: "of reasons (default: the contract's)", zh: "理由所用语言（默认同合同）" })).choices(["en", "zh"]),
    )
    .addOption(jsonOption(say))
    .action((file: string, flags: ReviewFlags) => review(file, flags, around));
}

async function review(file: string, { playbook, kinds, language, json }: ReviewFlags, { input, output, signals, say }: Surroundings): Promise<void> {
  const { parsePlaybook, readPages, reviewContract } = await import("../../../apps/index.ts");
  const rules = playbook === undefined ? undefined : parsePlaybook(await readTextFile(playbook, 1 << 20), playbook);
  const pages: string[] = [];
  if (file === "-") pages.push(await readAll(input));
  else for await (const { text } of readPages(file, { signal: signals.signal })) pages.push(text);
  const text = pages.join("\n\n");
  if (text.trim() === "") throw new InkstoneError("E_INPUT_EMPTY", { what: [file] });
  const found = await reviewContract(text, { signal: signals.signal, ...(rules ? { playbook: rules } : {}), ...(language ? { language } : {}) });
  const learned = kinds === undefined ? undefined : await learnedKinds(kinds, text, signals.signal);
  if (json) {
    output.write(`${JSON.stringify({ ...found, ...(learned && { learned }) })}\n`);
    return;
  }
  const more = (learned ?? []).map((one) => placed(one, `${one.kind} ${one.confidence.toFixed(2)}`));
  const lines = [...reviewLines(found, say), ...(more.length === 0 ? [] : [say({ en: "Kinds as learned", zh: "学得的条款类型" }), ...more])];
  output.write(shown(`${lines.join("\n")}\n(${say(found.notice)})\n`, output));
}

async function learnedKinds(path: string, text: string, signal: AbortSignal): Promise<LearnedKind[]> {
  const [{ kindsIn }, { TextClassifier }] = await Promise.all([import("../../../apps/index.ts"), import("../../../pipelines/index.ts")]);
  const classifier = await TextClassifier.load(path);
  return kindsIn(classifier, text, { signal }).finally(() => classifier.close());
}

function placed({ start, end, text }: { start: number; end: number; text: string }, more = ""): string {
  const short = shortened(text.replace(/\s+/g, " "), 100);
  return `  ${start}–${end}  ${short}${more === "" ? "" : `  [${more}]`}`;
}

function reviewLines({ parties, dates, money, term, renewal, liability, unusual, missing }: ContractReview, say: Say): string[] {
  const part = (title: Words, lines: readonly string[]): string[] => (lines.length === 0 ? [] : [say(title), ...lines]);
  return [
    ...part(
      { en: "Parties", zh: "当事人" },
      parties.map((one) => placed(one, one.role)),
    ),
    ...part(
      { en: "Dates", zh: "日期" },
      dates.map((one) => placed(one, one.kind === "other" ? "" : one.kind)),
    ),
    ...part(
      { en: "Money", zh: "金额" },
      money.map((one) => placed(one)),
    ),
    ...part(
      { en: "Term", zh: "期限" },
      term.map((one) => placed(one)),
    ),
    ...part(
      { en: "Renewal", zh: "续期" },
      renewal.map((one) => placed(one, one.automatic ? say({ en: "automatic", zh: "自动" }) : "")),
    ),
    ...part(
      { en: "Liability", zh: "责任" },
      liability.map((one) => placed(one, one.kind)),
    ),
    ...part(
      { en: "Unusual", zh: "异常" },
      unusual.map((one) => placed(one, `${one.severity}: ${one.reason}`)),
    ),
    ...part(
      { en: "Missing", zh: "缺失" },
      missing.map(({ reason }) => `  ${reason}`),
    ),
  ];
}

interface TrainFlags {
  readonly text: string;
  readonly label: string;
  readonly test?: string;
  readonly folds: number;
  readonly seed: number;
  readonly output: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

function addTraining(command: Command, say: Say, around: Surroundings): void {
  command
    .command("train")
    .description(
      say({
        en: "Learns kinds of clauses from labelled ones, for `legal review --kinds`: words with the signs of the rules beside them, compared with words alone.",
        zh: "从已标注的条款学习条款类型，供 `legal review --kinds` 使用：词语与规则特征合用，并与仅用词语的结果对比。",
      }),
    )
    .argument("<data>", say({ en: "CSV, TSV, JSONL, JSON or Parquet", zh: "CSV、TSV、JSONL、JSON 或 Parquet 文件" }))
    .option("--text <column>", say({ en: "column of the text", zh: "文本列" }), "text")
    .option("--label <column>", say({ en: "column of the kind", zh: "类型列" }), "label")
    .option("--test <data>", say({ en: "rows to try it on that it does not learn", zh: "仅用于评测、不参与训练的数据" }))
    .addOption(foldsOption(say, 3))
    .addOption(seedOption(say))
    .option("--output <file>", say({ en: "where the kinds go", zh: "写入的文件" }), "kinds.json")
    .option("--force", say({ en: "replace a file that is there", zh: "覆盖已有文件" }))
    .addOption(jsonOption(say))
    .action((data: string, flags: TrainFlags) => train(data, flags, around));
}

async function train(
  data: string,
  { text, label, test: other, folds, seed, output: to, force = false, json }: TrainFlags,
  around: Surroundings,
): Promise<void> {
  const { output, errors, signals, say } = around;
  const { signal } = signals;
  const { refuseExisting } = await import("../../outputs.ts");
  await refuseExisting([to], force, [data, ...(other === undefined ? [] : [other])]);
  const [{ trainClauseKinds }, { readExamples }] = await Promise.all([import("../../../apps/index.ts"), import("../../../pipelines/index.ts")]);
  const read = (path: string) => readExamples(path, { text, label, signal });
  const { examples } = await read(data);
  const kept = other === undefined ? [] : (await read(other)).examples;
  const bar = new ProgressLine(errors);
  const onProgress = (fraction: number) => isTerminal(errors) && bar.update(say({ en: "Learning", zh: "正在学习" }), fraction, 1);
  const { classifier, trial, test } = await trainClauseKinds(examples, { test: kept, folds, seed, signal, onProgress }).finally(() => bar.end());
  await classifier.save(to).finally(() => classifier.close());
  if (json) {
    output.write(`${JSON.stringify({ output: to, examples: examples.length, trial, test })}\n`);
    return;
  }
  const line = (found: KindScores & { readonly words: KindScores }, where: Words): string =>
    say({
      en: `${say(where)}: macro F1 ${found.macroF1.toFixed(4)} (words alone ${found.words.macroF1.toFixed(4)}), accuracy ${found.accuracy.toFixed(4)} (${found.words.accuracy.toFixed(4)})\n`,
      zh: `${say(where)}：宏平均 F1 ${found.macroF1.toFixed(4)}（仅词语 ${found.words.macroF1.toFixed(4)}），准确率 ${found.accuracy.toFixed(4)}（${found.words.accuracy.toFixed(4)}）\n`,
    });
  const told = [
    ...(trial === null ? [] : [line(trial, { en: "over its folds", zh: "交叉验证" })]),
    ...(test === null ? [] : [line(test, { en: `on ${counted(test.rows, "row")} kept apart`, zh: `在 ${test.rows} 行评测数据上` })]),
  ];
  const saved = say({ en: `Learned from ${counted(examples.length, "example")}: ${to}\n`, zh: `已从 ${examples.length} 条样本学习：${to}\n` });
  output.write(shown(told.join("") + saved, output));
}

interface ResearchFlags {
  readonly jurisdiction: string;
  readonly json?: boolean;
}

function addResearch(command: Command, say: Say, around: Surroundings): void {
  command
    .command("research")
    .description(
      say({
        en: "Answers from a knowledge base's documents of one jurisdiction, with the place that says it; else refuses.",
        zh: "依据知识库中某一法域的文档作答并注明出处；没有依据则拒答。",
      }),
    )
    .argument("<base>", say({ en: "name of the knowledge base", zh: "知识库名称" }))
    .argument("<question>", say({ en: "the question", zh: "问题" }))
    .requiredOption(
      "--jurisdiction <name>",
      say({ en: "as said by `kb add --meta jurisdiction=…`", zh: "与 `kb add --meta jurisdiction=…` 所注一致" }),
    )
    .addOption(jsonOption(say))
    .action((base: string, question: string, flags: ResearchFlags) => research(base, question, flags, around));
}

async function research(
  name: string,
  question: string,
  { jurisdiction, json }: ResearchFlags,
  { output, signals, say }: Surroundings,
): Promise<void> {
  const { legalResearch, openKnowledgeBase } = await import("../../../apps/index.ts");
  await withStore(async (store) => {
    const audit = { log: store.audit };
    const answer = await legalResearch(question, await openKnowledgeBase(store, name), jurisdiction, { audit, signal: signals.signal });
    const places = answer.citations.map(({ document, page, start, end }) => `${document}${page === undefined ? "" : `, ${page}`} [${start}–${end}]`);
    output.write(
      json
        ? `${JSON.stringify({ ...answer, reason: answer.reason ?? null, label: answer.label ?? null })}\n`
        : shown(`${[answer.answer, ...places].join("\n")}\n(${say(answer.notice)})\n`, output),
    );
  });
}

// Question after question, each until its answer is one. Errors: E_INPUT_EMPTY where the input ends before the answers do.
async function asked(form: LegalForm, { input, output, signals, say }: Surroundings): Promise<Record<string, unknown>> {
  const answers: Record<string, unknown> = {};
  const lines = createInterface({ input: input as NodeJS.ReadableStream, terminal: false })[Symbol.asyncIterator]();
  for (let question = form.next(answers); question !== undefined; question = form.next(answers)) {
    signals.signal.throwIfAborted();
    const { name, type, choices } = question;
    if (isTerminal(output)) output.write(`${name}${choices.length > 0 ? ` (${choices.join(" / ")})` : type === "text" ? "" : ` (${type})`}: `);
    const { value: line, done } = await lines.next();
    if (done === true) throw new InkstoneError("E_INPUT_EMPTY", { what: { en: `the answer to "${name}"`, zh: `“${name}”的答案` } });
    const value = typed(type, String(line).trim());
    const refused = form.refusal(question, value);
    if (refused === undefined) answers[name] = value;
    else output.write(`${name}: ${say(refused)}\n`);
  }
  return answers;
}

function typed(type: string, text: string): unknown {
  if (type === "yesno") return /^(?:y|yes|true|是|有|对)$/i.test(text) ? true : /^(?:n|no|false|否|没有|不)$/i.test(text) ? false : text;
  return type === "number" && text !== "" ? Number(text) : text;
}

async function readAnswers(file: string): Promise<Record<string, unknown>> {
  const { parse } = await import("yaml");
  let answers: unknown;
  try {
    answers = parse(await readTextFile(file, 1 << 20));
  } catch (cause) {
    if (cause instanceof InkstoneError) throw cause;
    throw new InkstoneError("E_RULES_FILE", { file, where: "/", why: { en: "this is not YAML or JSON", zh: "不是有效的 YAML 或 JSON" } }, { cause });
  }
  if (typeof answers !== "object" || answers === null || Array.isArray(answers))
    throw new InkstoneError("E_RULES_FILE", { file, where: "/", why: { en: "it is not a mapping", zh: "不是映射" } });
  return { ...answers };
}

async function run(name: string, flags: Flags, around: Surroundings): Promise<void> {
  const { output, say, language } = around;
  const { answers: file, output: to, trace, font, force = false } = flags;
  if (!/\.(?:md|docx|pdf)$/i.test(to))
    throw new InkstoneError("E_USAGE", { why: { en: "--output ends in .md, .docx or .pdf.", zh: "--output 应以 .md、.docx 或 .pdf 结尾。" } });
  const [{ LegalForm: Form, legalDocx, legalNotice, legalPdf, shippedForm }, { refuseExisting }, { writeFileDurably }] = await Promise.all([
    import("../../../apps/index.ts"),
    import("../../outputs.ts"),
    import("../../../formats/index.ts"),
  ]);
  const form = /\.ya?ml$/i.test(name) ? Form.parse(await readTextFile(name, 1 << 20), name) : shippedForm(name, flags.language ?? language);
  const letter = form.write(file === undefined ? await asked(form, around) : await readAnswers(file));
  const { markdown, clauses, notice } = letter;
  await refuseExisting(trace === undefined ? [to] : [to, trace], force);
  const ending = /\.\w+$/.exec(to)![0].toLowerCase();
  await writeFileDurably(to, ending === ".docx" ? await legalDocx(letter) : ending === ".pdf" ? await legalPdf(letter, { font }) : markdown);
  if (trace !== undefined) await writeFileDurably(trace, `${JSON.stringify({ clauses, notice })}\n`);
  output.write(`${say({ en: `${counted(clauses.length, "clause")}: ${to}`, zh: `${clauses.length} 条：${to}` })}\n(${say(legalNotice)})\n`);
}

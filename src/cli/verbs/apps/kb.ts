// inkstone kb create|add|list|search|ask|remove|export NAME: documents of one's own, found again and answered from, with their exact places.
import { type Command, Option } from "commander";
import type { AnswerWriter, KnowledgeBase, Passage } from "../../../apps/index.ts";
import { counted, InkstoneError } from "../../../core/index.ts";
import type { DataKind } from "../../../data/index.ts";
import type { Store } from "../../../store/index.ts";
import { type BaseModels, createBase, withBase, withModels } from "../../knowledge-base.ts";
import { jsonOption, numberOption, type Say } from "../../options.ts";
import { dim, isTerminal, ProgressLine, type Surroundings, shown } from "../../terminal.ts";
import { withStore } from "../../with-store.ts";
import type { Verb } from "../verb.ts";

interface JsonFlag {
  readonly json?: boolean;
}
interface AddFlags extends JsonFlag {
  readonly column?: string;
  readonly meta: Readonly<Record<string, string>>;
}
interface CreateFlags extends JsonFlag {
  readonly embeddings?: string;
}
interface SearchFlags extends JsonFlag, BaseModels {
  readonly limit: number;
  readonly perDocument?: number;
  readonly document?: string[];
  readonly kind?: DataKind;
  readonly meta: Readonly<Record<string, string>>;
}
interface AskFlags extends JsonFlag, BaseModels {
  readonly model?: string;
  readonly least: number;
  readonly subject: string;
}
interface ExportFlags {
  readonly output: string;
  readonly force?: boolean;
}

/** The verb `kb`. Errors: E_KNOWLEDGE_*, E_DATABASE*, those of the readers of documents, E_IO_CREATE, E_USAGE. */
export const verb: Verb = {
  name: "kb",
  define(command, say, around) {
    command.summary(say({ en: "keep documents, and find passages in them", zh: "保存文档，并检索其中的段落" })).description(
      say({
        en: "Knowledge bases: PDF, DOCX, HTML, Markdown, text, CSV, JSONL. What is found says its document, page and characters. They lie in INKSTONE_DATA, or in DATABASE_URL.",
        zh: "知识库：支持 PDF、DOCX、HTML、Markdown、文本、CSV、JSONL。检索结果注明文档、页码与字符位置。数据存于 INKSTONE_DATA，或 DATABASE_URL 所指的数据库。",
      }),
    );
    const name = say({ en: "name of the knowledge base", zh: "知识库名称" });
    command
      .command("create")
      .description(say({ en: "Makes an empty knowledge base.", zh: "新建空的知识库。" }))
      .argument("<name>", name)
      .option(
        "--embeddings <model>",
        say({
          en: "also find by meaning, with vectors of this model (minilm, bge-small-zh, a folder)",
          zh: "同时按语义检索，使用此模型的向量（minilm、bge-small-zh 或文件夹）",
        }),
      )
      .addOption(jsonOption(say))
      .action((base: string, flags: CreateFlags) => withStore((store) => create(store, base, flags, around)));
    command
      .command("list")
      .description(say({ en: "Lists the knowledge bases, or the documents of one.", zh: "列出全部知识库，或某个知识库的文档。" }))
      .argument("[name]", name)
      .addOption(jsonOption(say))
      .action((base: string | undefined, flags: JsonFlag) => withStore((store) => list(store, base, flags, around)));
    command
      .command("remove")
      .description(say({ en: "Removes a document, or the whole knowledge base, with every trace.", zh: "彻底删除一个文档或整个知识库，不留痕迹。" }))
      .argument("<name>", name)
      .argument("[document]", say({ en: "the document, as `kb list` names it", zh: "文档，名称见 `kb list`" }))
      .action((base: string, document: string | undefined) =>
        withBase(base, (one) => (document === undefined ? one.removeAll() : one.remove(document))),
      );
    command
      .command("export")
      .description(say({ en: "Writes all passages with their places as JSONL.", zh: "将全部段落及其位置写为 JSONL。" }))
      .argument("<name>", name)
      .requiredOption("--output <file>", say({ en: "where they go", zh: "写入的文件" }))
      .option("--force", say({ en: "replace a file that is there", zh: "覆盖已有文件" }))
      .action((base: string, flags: ExportFlags) => withBase(base, (one) => exportAll(one, flags)));
    defineAdd(command, name, say, around);
    defineSearch(command, name, say, around);
    defineAsk(command, name, say, around);
  },
};

function defineAdd(command: Command, name: string, say: Say, around: Surroundings): void {
  command
    .command("add")
    .description(
      say({
        en: "Adds files and folders. What has not changed since is not read again; after a break, the same command goes on.",
        zh: "添加文件和文件夹。未改动的文件不会重读；中断后再次执行同一命令即可继续。",
      }),
    )
    .argument("<name>", name)
    .argument("<paths...>", say({ en: "files and folders", zh: "文件和文件夹" }))
    .option("--column <name>", say({ en: "the column of a table that is the text (all by default)", zh: "表格中作为文本的列（默认全部）" }))
    .option("--meta <name=value>", say({ en: "say something of them that a search can ask for", zh: "附加可供检索筛选的信息" }), pairs, {})
    .addOption(jsonOption(say))
    .action((base: string, paths: string[], flags: AddFlags) => withModels(base, {}, around, (one) => add(one, paths, flags, around)));
}

function defineSearch(command: Command, name: string, say: Say, around: Surroundings): void {
  command
    .command("search")
    .description(say({ en: "The passages that fit best, with their places.", zh: "最相关的段落及其位置。" }))
    .argument("<name>", name)
    .argument("<query>", say({ en: "what is looked for", zh: "检索内容" }))
    .addOption(numberOption("--limit <n>", say({ en: "at most so many", zh: "最多条数" }), { least: 1, most: 1000, whole: true }).default(5))
    .addOption(
      numberOption("--per-document <n>", say({ en: "at most so many of one document", zh: "每个文档最多条数" }), {
        least: 1,
        most: 1000,
        whole: true,
      }),
    )
    .option("--document <name...>", say({ en: "only in these documents", zh: "仅在这些文档中" }))
    .option("--kind <kind>", say({ en: "only in documents of this kind (pdf, markdown …)", zh: "仅在此类文档中（pdf、markdown 等）" }))
    .option("--meta <name=value>", say({ en: "only in documents of which this was said", zh: "仅在带有此附加信息的文档中" }), pairs, {})
    .addOption(rerankOption(say))
    .addOption(jsonOption(say))
    .action((base: string, query: string, flags: SearchFlags) => withModels(base, flags, around, (one) => search(one, query, flags, around)));
}

function defineAsk(command: Command, name: string, say: Say, around: Surroundings): void {
  command
    .command("ask")
    .description(
      say({
        en: "Answers a question from the documents, with the place that says it; says so when they do not. Instructions in documents are not followed.",
        zh: "依据文档回答问题并注明出处；文档中没有答案时如实说明。文档中的指令不予执行。",
      }),
    )
    .argument("<name>", name)
    .argument("<question>", say({ en: "the question", zh: "问题" }))
    .option(
      "--model <name>",
      say({ en: "let a language model word the answer (checked against the documents)", zh: "由语言模型组织措辞（与文档逐项核对）" }),
    )
    .addOption(
      numberOption("--least <share>", say({ en: "the least support with which it answers", zh: "作答所需的最低支持度" }), {
        least: 0,
        most: 1,
      }).default(0.5),
    )
    .option("--subject <id>", say({ en: "who asks: the audit can be exported and erased by it", zh: "提问者标识，可据此导出或清除审计记录" }), "")
    .addOption(rerankOption(say))
    .addOption(jsonOption(say))
    .action((base: string, question: string, flags: AskFlags) =>
      withModels(base, flags, around, (one, store) => ask(one, store, question, flags, around)),
    );
}

function pairs(text: string, before: Readonly<Record<string, string>>): Record<string, string> {
  const at = text.indexOf("=");
  if (at < 1) throw new InkstoneError("E_OPTION", { option: "--meta", value: text, allowed: ["name=value"] });
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

const rerankOption = (say: Say): Option =>
  new Option(
    "--rerank <model>",
    say({ en: "put what was found in order with this model (rerank-minilm)", zh: "用此模型重新排列检索结果（rerank-minilm）" }),
  );

async function create(store: Store, name: string, { embeddings, json }: CreateFlags, around: Surroundings): Promise<void> {
  const { output, say } = around;
  const model = await createBase(store, name, embeddings, around);
  const by = model === undefined ? { en: "", zh: "" } : { en: `, with vectors of ${model}`, zh: `，使用 ${model} 的向量` };
  output.write(
    json
      ? `${JSON.stringify({ name, store: store.label, embeddings: model ?? null })}\n`
      : shown(say({ en: `Made ${name} in ${store.label}${by.en}.\n`, zh: `已在 ${store.label} 中新建 ${name}${by.zh}。\n` }), output),
  );
}

async function list(store: Store, name: string | undefined, { json }: JsonFlag, { output, say }: Surroundings): Promise<void> {
  if (name === undefined) {
    const bases = (await store.knowledge.bases("")).map(({ name: called, documents, chunks }) => ({ name: called, documents, chunks }));
    if (json) output.write(`${JSON.stringify({ bases })}\n`);
    else
      for (const base of bases)
        output.write(
          say({
            en: `${base.name}  ${counted(base.documents, "document")}, ${counted(base.chunks, "passage")}\n`,
            zh: `${base.name}  ${base.documents} 个文档，${base.chunks} 个段落\n`,
          }),
        );
    return;
  }
  const { openKnowledgeBase } = await import("../../../apps/index.ts");
  const documents = await (await openKnowledgeBase(store, name)).documents();
  if (json) output.write(`${JSON.stringify({ documents })}\n`);
  else
    for (const one of documents)
      output.write(
        shown(
          say({
            en: `${one.document}  ${one.kind}, ${counted(one.chunks, "passage")}\n`,
            zh: `${one.document}  ${one.kind}，${one.chunks} 个段落\n`,
          }),
          output,
        ),
      );
}

async function add(base: KnowledgeBase, paths: readonly string[], flags: AddFlags, around: Surroundings): Promise<void> {
  const { output, errors, signals, say, language } = around;
  const { documentFiles } = await import("../../../apps/index.ts");
  const files = (await Promise.all(paths.map((path) => documentFiles(path)))).flat();
  const bar = new ProgressLine(errors);
  const failed: { document: string; code: string; why: string }[] = [];
  const counts = { added: 0, renewed: 0, unchanged: 0 };
  for (const [i, file] of files.entries()) {
    if (isTerminal(errors)) bar.update(say({ en: "Reading", zh: "正在读取" }), i, files.length);
    try {
      const { state } = await base.addFile(file, { column: flags.column, metadata: flags.meta, signal: signals.signal });
      counts[state]++;
    } catch (error) {
      // What is wrong with a document is said of it, and the others are read all the same; what is wrong with the store, or a signal, ends it all.
      if (!(error instanceof InkstoneError) || error.code.startsWith("E_DATABASE") || signals.signal.aborted) throw error;
      failed.push({ document: file, code: error.code, why: error.describe(language).message });
    }
  }
  bar.end();
  if (flags.json) output.write(`${JSON.stringify({ ...counts, failed })}\n`);
  else {
    output.write(
      say({
        en: `${counts.added} added, ${counts.renewed} read again, ${counts.unchanged} unchanged\n`,
        zh: `新增 ${counts.added}，重读 ${counts.renewed}，未变 ${counts.unchanged}\n`,
      }),
    );
    for (const { document, why } of failed) errors.write(shown(`${document}: ${why}\n`, errors));
  }
  if (failed.length > 0) throw new InkstoneError("E_KNOWLEDGE_SOME", { failed: failed.length, all: files.length });
}

async function search(base: KnowledgeBase, query: string, flags: SearchFlags, { output, signals }: Surroundings): Promise<void> {
  if (query.trim() === "") throw new InkstoneError("E_INPUT_EMPTY", { what: { en: "the query", zh: "检索内容" } });
  const { limit, perDocument, document: documents, kind, meta: metadata } = flags;
  const results = await base.search(query, { limit, perDocument, filter: { documents, kind, metadata }, signal: signals.signal });
  if (flags.json) output.write(`${JSON.stringify({ results: results.map(({ page = null, ...one }) => ({ ...one, page })) })}\n`);
  else output.write(shown(results.map((one) => `${dim(placeOf(one), output)}\n${one.text}\n`).join("\n"), output));
}

const placeOf = ({ document, page, start, end }: Pick<Passage, "document" | "page" | "start" | "end">): string =>
  `${document}${page === undefined ? "" : `, ${page}`} [${start}–${end}]`;

async function exportAll(base: KnowledgeBase, { output, force = false }: ExportFlags): Promise<void> {
  const [{ refuseExisting }, { writeFileDurably }] = await Promise.all([import("../../outputs.ts"), import("../../../formats/index.ts")]);
  await refuseExisting([output], force);
  const lines: string[] = [];
  for (const { document } of await base.documents())
    for (const { score: _, ...passage } of await base.passages(document)) lines.push(`${JSON.stringify(passage)}\n`);
  await writeFileDurably(output, lines.join(""));
}

async function ask(base: KnowledgeBase, store: Store, question: string, flags: AskFlags, around: Surroundings): Promise<void> {
  const { output, signals } = around;
  const [{ answerFrom }, { openModel }] = await Promise.all([import("../../../apps/index.ts"), import("../../model.ts")]);
  const model = flags.model === undefined ? undefined : await openModel(flags.model, {}, around);
  try {
    const writer: AnswerWriter | undefined =
      model === undefined ? undefined : { name: flags.model!, generate: (...asked) => model.generate(...asked) };
    const audit = { log: store.audit, subject: flags.subject };
    const answer = await answerFrom(question, base, { least: flags.least, writer, audit, signal: signals.signal });
    if (flags.json) {
      const citations = answer.citations.map(({ page = null, ...one }) => ({ ...one, page }));
      output.write(`${JSON.stringify({ ...answer, reason: answer.reason ?? null, label: answer.label ?? null, citations })}\n`);
      return;
    }
    const places = answer.citations.map((one) => dim(placeOf(one), output));
    output.write(shown(`${[answer.answer, ...places, ...(answer.label === undefined ? [] : [answer.label])].join("\n")}\n`, output));
  } finally {
    await model?.close();
  }
}

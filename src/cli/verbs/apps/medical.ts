// inkstone medical deidentify|read|questions|timeline [TEXT | -], search BASE QUESTION: identifiers out of a note, what it says, its days in order. Not medical advice.
import type { Command } from "commander";
import type { SourceFinding } from "../../../apps/index.ts";
import { InkstoneError, shortened, type Words } from "../../../core/index.ts";
import { readGiven } from "../../input.ts";
import { jsonOption, numberOption } from "../../options.ts";
import { type Surroundings, shown } from "../../terminal.ts";
import { withStore } from "../../with-store.ts";
import type { Verb } from "../verb.ts";

interface Flags {
  readonly json?: boolean;
}

/** The verb `medical`. Errors: E_INPUT_EMPTY, E_INPUT_SIZE, E_INPUT_ENCODING, E_PACKAGE_MISSING. */
export const verb: Verb = {
  name: "medical",
  define(command: Command, say, around) {
    command.summary(say({ en: "read and de-identify clinical notes", zh: "病历去标识化与信息抽取" })).description(
      say({
        en: "Rules on English and Chinese notes; nothing leaves this machine. Not medical advice: every item has its place, to be checked by a clinician.",
        zh: "以规则处理中英文病历，数据不离开本机。非医疗建议：每项结果均附原文位置，须由医务人员核实。",
      }),
    );
    const works: readonly (readonly [string, string, string, Work])[] = [
      ["deidentify", "The note without the identifiers that HIPAA names, and Chinese ones.", "去除 HIPAA 所列及中国的身份标识。", deidentify],
      [
        "read",
        "Sections, problems with negation, family and history, drugs with dose, values with unit and range.",
        "章节、问题（含否认、家族、既往）、药物及剂量、检验值及单位与范围。",
        read,
      ],
      ["questions", "Questions that a note raises for a clinician, each with its place.", "病历中待医务人员回答的问题，均附原文位置。", questions],
      ["timeline", "The dated sentences of a record, oldest first.", "按日期先后列出病历中的事件。", timeline],
    ];
    for (const [name, en, zh, work] of works)
      command
        .command(name)
        .description(say({ en, zh }))
        .argument("[text]", say({ en: "the note, or its file; - or none reads standard input", zh: "病历文本或文件；- 或省略时从标准输入读取" }))
        .addOption(jsonOption(say))
        .action((text: string | undefined, flags: Flags) => run(work, text, flags, around));
    command
      .command("search")
      .description(
        say({
          en: "Passages of a knowledge base of literature for a question, and the sentence that answers it; about yourself, ask a clinician.",
          zh: "在文献知识库中检索与问题相关的段落，并给出有出处的回答；个人病情请咨询医务人员。",
        }),
      )
      .argument("<base>", say({ en: "name of the knowledge base", zh: "知识库名称" }))
      .argument("<question>", say({ en: "the question", zh: "问题" }))
      .addOption(
        numberOption("--limit <n>", say({ en: "at most so many passages", zh: "最多段落数" }), { least: 1, most: 100, whole: true }).default(5),
      )
      .addOption(jsonOption(say))
      .action((base: string, question: string, flags: SearchFlags) => search(base, question, flags, around));
  },
};

interface SearchFlags extends Flags {
  readonly limit: number;
}

async function search(name: string, question: string, { limit, json }: SearchFlags, { output, signals, say }: Surroundings): Promise<void> {
  const { medicalSearch, openKnowledgeBase } = await import("../../../apps/index.ts");
  await withStore(async (store) => {
    const found = await medicalSearch(question, await openKnowledgeBase(store, name), { limit, audit: { log: store.audit }, signal: signals.signal });
    const place = ({ document, page, start, end }: { document: string; page?: number; start: number; end: number }): string =>
      `${document}${page === undefined ? "" : `, ${page}`} [${start}–${end}]`;
    const notice = say(found.notice);
    const lines = [
      found.answer,
      ...found.citations.map(place),
      ...leaning(found.finding).map(say),
      "",
      ...found.results.map((one) => `${place(one)}  ${one.study}\n  ${shortened(one.text.replace(/\s+/g, " "), 200)}`),
      `(${notice})`,
    ];
    output.write(
      json
        ? `${JSON.stringify({ ...found, reason: found.reason ?? null, label: found.label ?? null, notice })}\n`
        : shown(`${lines.join("\n")}\n`, output),
    );
  });
}

function leaning(finding: SourceFinding | undefined): readonly Words[] {
  if (finding === undefined) return [];
  const { document, leaning: way, sentences } = finding;
  const count = (effect: boolean): number => sentences.filter((one) => one.effect === effect).length;
  const [effects, without] = [count(true), count(false)];
  return [
    {
      en: `The results in ${document} lean to ${way}: of the sentences nearest to the question ${effects} report an effect, ${without} none.`,
      zh: `${document} 中的结果倾向于“${way === "yes" ? "是" : "否"}”：与问题最接近的句子中，${effects} 句报告有效应，${without} 句报告无效应。`,
    },
  ];
}

async function questions(text: string, { clinicianQuestions }: Apps): ReturnType<Work> {
  const found = clinicianQuestions(text);
  return { answer: { questions: found }, lines: found.map(({ start, end, question }) => `${start}-${end}  ${question}`) };
}

type Apps = typeof import("../../../apps/index.ts");
type Work = (text: string, apps: Apps) => Promise<{ readonly answer: object; readonly lines: readonly string[] }>;

async function run(work: Work, given: string | undefined, { json }: Flags, { input, output, say }: Surroundings): Promise<void> {
  const text = await readGiven(given, input);
  if (text.trim() === "") throw new InkstoneError("E_INPUT_EMPTY", { what: { en: "the note", zh: "病历" } });
  const apps = await import("../../../apps/index.ts");
  const { answer, lines } = await work(text, apps);
  const notice = say(apps.medicalNotice);
  output.write(json ? `${JSON.stringify({ ...answer, notice })}\n` : shown(`${[...lines, `(${notice})`].join("\n")}\n`, output));
}

async function deidentify(text: string, { PiiFinder }: Apps): ReturnType<Work> {
  const finder = await PiiFinder.open();
  const spans = finder.find(text);
  const { text: clean } = finder.replace(text);
  return { answer: { text: clean, removed: spans.map(({ kind, start, end, rule }) => ({ kind, start, end, rule })) }, lines: [clean.trimEnd()] };
}

async function read(text: string, { readMedical }: Apps): ReturnType<Work> {
  const { sections, problems, drugs, values } = readMedical(text);
  const said = ({ negated, family, historical, hypothetical }: (typeof problems)[number]): string =>
    Object.entries({ negated, family, historical, hypothetical })
      .filter(([, holds]) => holds)
      .map(([name]) => ` [${name}]`)
      .join("");
  const lines = [
    ...problems.map((one) => `problem  ${one.start}-${one.end}  ${one.text}${said(one)}`),
    ...drugs.map((one) => `drug     ${one.start}-${one.end}  ${one.name}, ${one.dose}${one.frequency === undefined ? "" : `, ${one.frequency}`}`),
    ...values.map(
      (one) =>
        `value    ${one.start}-${one.end}  ${one.name} ${one.value}${one.unit === undefined ? "" : ` ${one.unit}`}${one.abnormal === undefined ? "" : ` (${one.abnormal})`}`,
    ),
  ];
  return { answer: { sections, problems, drugs, values }, lines };
}

async function timeline(text: string, { PiiFinder, medicalTimeline }: Apps): ReturnType<Work> {
  const events = medicalTimeline(text, await PiiFinder.open({ kinds: ["date"] }));
  return { answer: { events }, lines: events.map(({ date, text: sentence }) => `${date}  ${sentence.replace(/\s+/g, " ")}`) };
}

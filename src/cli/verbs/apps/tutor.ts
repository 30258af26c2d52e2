// inkstone tutor items|outline|grade …: questions from a source with their keys, its outline, grades. Learners and language stand in files beside it.
import { type Command, Option } from "commander";
import type { ItemType, TutorItem, TutorSource } from "../../../apps/index.ts";
import { InkstoneError, type Language } from "../../../core/index.ts";
import { readAll, readTextFile } from "../../input.ts";
import { jsonOption, numberOption, type Say } from "../../options.ts";
import { dim, type Surroundings, shown } from "../../terminal.ts";
import type { Verb } from "../verb.ts";
import { addLanguageHelp } from "./tutor-language.ts";
import { addLearners } from "./tutor-learners.ts";

interface ItemFlags {
  readonly count: number;
  readonly type?: ItemType[];
  readonly seed: number;
  readonly language?: Language;
  readonly json?: boolean;
}
interface GradeFlags {
  readonly item?: string;
  readonly answer?: string;
  readonly answers?: string;
  readonly json?: boolean;
}

const mostSource = 8 << 20;

/** The verb `tutor`. Errors: E_INPUT_EMPTY, E_INPUT_MISSING, E_DATA_KIND, E_OPTION, E_RULES_FILE, E_RECORD_UNKNOWN, E_DATABASE*, E_PACKAGE_MISSING. */
export const verb: Verb = {
  name: "tutor",
  define(command, say, around) {
    command.summary(say({ en: "questions from a source, grades, what to learn next", zh: "由资料出题、评分并安排学习" })).description(
      say({
        en: "Education: items with key, distractors and the sentence that says it; outlines; grades; what a learner knows and should review; help with language. English and Chinese.",
        zh: "教育：题目附答案、干扰项与原文依据；提纲；评分；学习者的掌握情况与复习安排；语言帮助。支持中英文。",
      }),
    );
    const source = say({
      en: "text, Markdown, HTML, DOCX or PDF; - reads standard input",
      zh: "文本、Markdown、HTML、DOCX 或 PDF；- 从标准输入读取",
    });
    const language = (): Option =>
      new Option("--language <l>", say({ en: "of the source (default: found out)", zh: "资料的语言（默认自动识别）" })).choices(["en", "zh"]);
    command
      .command("items")
      .description(say({ en: "Makes questions whose keys the source has.", zh: "出题，答案均来自资料原文。" }))
      .argument("<source>", source)
      .addOption(numberOption("--count <n>", say({ en: "at most so many", zh: "最多题数" }), { least: 1, most: 1000, whole: true }).default(10))
      .addOption(
        new Option("--type <types...>", say({ en: "only these types", zh: "仅限这些题型" })).choices(["multiple-choice", "cloze", "short-answer"]),
      )
      .addOption(
        numberOption("--seed <n>", say({ en: "seed of choices and their order", zh: "选项与顺序的随机种子" }), {
          least: 0,
          most: 2 ** 31,
          whole: true,
        }).default(0),
      )
      .addOption(language())
      .addOption(jsonOption(say))
      .action((path: string, flags: ItemFlags) => items(path, flags, around));
    command
      .command("outline")
      .description(say({ en: "Sections of a source, what each says, its terms and aims.", zh: "资料的章节、要点、术语与学习目标。" }))
      .argument("<source>", source)
      .addOption(language())
      .addOption(jsonOption(say))
      .action((path: string, flags: ItemFlags) => outline(path, flags, around));
    addGrade(command, say, around);
    addLearners(command, say, around);
    addLanguageHelp(command, say, around);
  },
};

function addGrade(command: Command, say: Say, around: Surroundings): void {
  command
    .command("grade")
    .description(say({ en: "Grades answers to items of `tutor items --json`.", zh: "为 `tutor items --json` 所出题目的作答评分。" }))
    .argument("<items>", say({ en: "the file of items", zh: "题目文件" }))
    .option("--item <id>", say({ en: "one item …", zh: "一道题目……" }))
    .option("--answer <text>", say({ en: "… and the answer to it", zh: "……及其作答" }))
    .option("--answers <file>", say({ en: "JSON: an answer for each id", zh: "JSON 文件：每个题号对应一个作答" }))
    .addOption(jsonOption(say))
    .action((file: string, flags: GradeFlags) => grade(file, flags, around));
}

/** A source as one text: pages of a document one after the other. */
export async function tutorSource(path: string, { input, signals }: Surroundings): Promise<TutorSource> {
  if (path === "-") return { text: nonEmpty(await readAll(input), "-"), document: "" };
  const { readPages } = await import("../../../apps/index.ts");
  const pages: string[] = [];
  let size = 0;
  for await (const { text } of readPages(path, { signal: signals.signal })) {
    size += text.length;
    if (size > mostSource) throw new InkstoneError("E_INPUT_SIZE", { limit: mostSource });
    pages.push(text);
  }
  return { text: nonEmpty(pages.join("\n\n"), path), document: path };
}

function nonEmpty(text: string, what: string): string {
  if (text.trim() === "") throw new InkstoneError("E_INPUT_EMPTY", { what: [what] });
  return text;
}

async function items(path: string, { count, type, seed, language, json }: ItemFlags, around: Surroundings): Promise<void> {
  const { tutorItems } = await import("../../../apps/index.ts");
  const source = await tutorSource(path, around);
  const found = await tutorItems(source, {
    count,
    seed,
    signal: around.signals.signal,
    ...(type ? { types: type } : {}),
    ...(language ? { language } : {}),
  });
  const { output, say } = around;
  if (json) output.write(`${JSON.stringify({ items: found })}\n`);
  else if (found.length === 0) output.write(say({ en: "No sentence of the source stands for itself.\n", zh: "资料中没有可独立成题的句子。\n" }));
  else
    output.write(
      shown(
        found.map((one, i) => `${i + 1}. ${itemText(one)}   ${dim(`${one.key} [${one.keyStart}–${one.keyEnd}] ${one.id}`, output)}\n`).join("\n"),
        output,
      ),
    );
}

const itemText = ({ question, choices }: TutorItem): string => `${question}\n${choices.map((choice, i) => `   ${"ABCD"[i]}. ${choice}\n`).join("")}`;

async function outline(path: string, { language, json }: ItemFlags, around: Surroundings): Promise<void> {
  const { tutorOutline } = await import("../../../apps/index.ts");
  const found = await tutorOutline(await tutorSource(path, around), { signal: around.signals.signal, ...(language ? { language } : {}) });
  const { output } = around;
  if (json) {
    output.write(`${JSON.stringify(found)}\n`);
    return;
  }
  const lines = found.sections.map(({ title, level, points, objectives }) =>
    [
      `${"  ".repeat(level - 1)}${title}`,
      ...objectives.map((aim) => `${"  ".repeat(level)}→ ${aim}`),
      ...points.map(({ text }) => `${"  ".repeat(level)}· ${text.replace(/\s+/g, " ")}`),
    ].join("\n"),
  );
  output.write(shown(`${found.title}\n\n${lines.join("\n")}\n`, output));
}

/** Items that `tutor items --json` wrote. Errors: E_INPUT_MISSING, E_RULES_FILE. */
export async function readItems(file: string): Promise<readonly TutorItem[]> {
  const read = await readJson(file);
  const list = Array.isArray(read) ? read : (read as { items?: unknown } | null)?.items;
  const holds = (one: unknown): boolean =>
    typeof one === "object" &&
    one !== null &&
    ["id", "type", "question", "key", "sentence", "concept"].every((name) => typeof (one as Record<string, unknown>)[name] === "string");
  if (!Array.isArray(list) || !list.every(holds))
    throw new InkstoneError("E_RULES_FILE", {
      file,
      where: "/items",
      why: { en: "these are not items of `tutor items --json`", zh: "不是 `tutor items --json` 输出的题目" },
    });
  return list as TutorItem[];
}

async function readJson(file: string): Promise<unknown> {
  const text = await readTextFile(file, mostSource);
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new InkstoneError("E_RULES_FILE", { file, where: "/", why: { en: "this is not JSON", zh: "不是有效的 JSON" } }, { cause });
  }
}

async function grade(file: string, flags: GradeFlags, { output, say }: Surroundings): Promise<void> {
  const { TutorGrader } = await import("../../../apps/index.ts");
  const [found, answers, grader] = await Promise.all([readItems(file), answersOf(flags), TutorGrader.open()]);
  const grades = Object.entries(answers).map(([id, answer]) => {
    const item = found.find((one) => one.id === id);
    if (item === undefined) throw new InkstoneError("E_RECORD_UNKNOWN", { kind: { en: "item", zh: "题目" }, id });
    return grader.grade(item, String(answer));
  });
  const right = grades.filter((one) => one.right).length;
  if (flags.json) output.write(`${JSON.stringify({ grades, right, of: grades.length })}\n`);
  else
    output.write(
      shown(
        `${grades.map(({ item, feedback }) => `${item}  ${feedback}`).join("\n")}\n${say({ en: `${right} of ${grades.length} right`, zh: `${grades.length} 题中答对 ${right} 题` })}\n`,
        output,
      ),
    );
}

async function answersOf({ item, answer, answers }: GradeFlags): Promise<Record<string, unknown>> {
  if (answers !== undefined) {
    const read = await readJson(answers);
    if (typeof read === "object" && read !== null && !Array.isArray(read)) return read as Record<string, unknown>;
    throw new InkstoneError("E_RULES_FILE", {
      file: answers,
      where: "/",
      why: { en: "it is not a mapping of ids to answers", zh: "不是由题号到作答的映射" },
    });
  }
  if (item !== undefined && answer !== undefined) return { [item]: answer };
  throw new InkstoneError("E_USAGE", {
    why: { en: "grade needs --answers, or --item and --answer.", zh: "grade 需要 --answers，或同时给出 --item 与 --answer。" },
  });
}

// inkstone tutor record|advice|forget|learn: what learners answered, what they should do next, a tracer from a log. Knows the store through the library only.
import { type Command, Option } from "commander";
import type { KnowledgeTracer, LearnerAnswer, LearnerState } from "../../../apps/index.ts";
import { counted, InkstoneError } from "../../../core/index.ts";
import { readTextFile } from "../../input.ts";
import { jsonOption, numberOption, type Say } from "../../options.ts";
import { type Surroundings, shown } from "../../terminal.ts";
import { withStore } from "../../with-store.ts";

interface Flags {
  readonly concept?: string;
  readonly right?: boolean;
  readonly wrong?: boolean;
  readonly item?: string;
  readonly ease?: "hard" | "good" | "easy";
  readonly tracer?: string;
  readonly language?: "en" | "zh";
  readonly json?: boolean;
}
interface LearnFlags {
  readonly learner: string;
  readonly concept: string;
  readonly right: string;
  readonly epochs: number;
  readonly output: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** Adds the verbs that know learners. */
export function addLearners(command: Command, say: Say, around: Surroundings): void {
  const learner = say({ en: "name of the learner", zh: "学习者名称" });
  command
    .command("record")
    .description(say({ en: "Keeps an answer of a learner; says what comes next.", zh: "记录学习者的一次作答，并给出下一步。" }))
    .argument("<learner>", learner)
    .requiredOption("--concept <name>", say({ en: "what it is about", zh: "知识点" }))
    .option("--right", say({ en: "it was right", zh: "答对" }))
    .option("--wrong", say({ en: "it was wrong", zh: "答错" }))
    .option("--item <id>", say({ en: "what is to be reviewed (default: the concept)", zh: "复习项（默认为知识点）" }))
    .addOption(new Option("--ease <how>", say({ en: "how a right answer went", zh: "答对时的难易" })).choices(["hard", "good", "easy"]))
    .addOption(jsonOption(say))
    .action((name: string, flags: Flags) => record(name, flags, around));
  command
    .command("advice")
    .description(say({ en: "What a learner knows, what to review, what to work on.", zh: "学习者的掌握情况、待复习项与学习建议。" }))
    .argument("<learner>", learner)
    .option("--tracer <file>", say({ en: "a tracer of `tutor learn`", zh: "`tutor learn` 得到的模型" }))
    .addOption(new Option("--language <l>", say({ en: "of the advice", zh: "建议的语言" })).choices(["en", "zh"]))
    .addOption(jsonOption(say))
    .action((name: string, flags: Flags) => advice(name, flags, around));
  command
    .command("forget")
    .description(say({ en: "Erases everything of a learner.", zh: "清除某位学习者的全部记录。" }))
    .argument("<learner>", learner)
    .action((name: string) => forget(name, around));
  command
    .command("learn")
    .description(say({ en: "Trains a tracer of knowledge from a log of answers, oldest first.", zh: "由作答日志（按时间先后）训练知识追踪模型。" }))
    .argument("<log>", say({ en: "CSV, TSV, JSONL, JSON or Parquet", zh: "CSV、TSV、JSONL、JSON 或 Parquet 文件" }))
    .option("--learner <column>", say({ en: "column of the learner", zh: "学习者列" }), "learner")
    .option("--concept <column>", say({ en: "column of the concept", zh: "知识点列" }), "concept")
    .option("--right <column>", say({ en: "column of 1 or 0, true or false", zh: "对错列：1/0 或 true/false" }), "right")
    .addOption(numberOption("--epochs <n>", say({ en: "rounds over the log", zh: "训练轮数" }), { least: 1, most: 1000, whole: true }).default(12))
    .option("--output <file>", say({ en: "where the tracer goes", zh: "模型写入的文件" }), "tracer.json")
    .option("--force", say({ en: "replace a file that is there", zh: "覆盖已有文件" }))
    .addOption(jsonOption(say))
    .action((log: string, flags: LearnFlags) => learn(log, flags, around));
}

async function record(name: string, { concept, right, wrong, item, ease, json }: Flags, { output, language }: Surroundings): Promise<void> {
  if ((right === true) === (wrong === true))
    throw new InkstoneError("E_USAGE", { why: { en: "record needs either --right or --wrong.", zh: "record 需要 --right 或 --wrong 之一。" } });
  const { Learners } = await import("../../../apps/index.ts");
  await withStore(async (store) => {
    const learners = new Learners(store);
    await learners.answer(name, { concept: concept!, right: right === true, ...(item ? { item } : {}), ...(ease ? { ease } : {}) });
    print(await learners.state(name, { language }), json, output);
  });
}

async function advice(name: string, { tracer, language: wanted, json }: Flags, { output, language }: Surroundings): Promise<void> {
  const { Learners } = await import("../../../apps/index.ts");
  const found = tracer === undefined ? undefined : await openTracer(tracer);
  await withStore(async (store) => print(await new Learners(store, { tracer: found }).state(name, { language: wanted ?? language }), json, output));
}

function print(state: LearnerState, json: boolean | undefined, output: Surroundings["output"]): void {
  if (json) {
    output.write(`${JSON.stringify(state)}\n`);
    return;
  }
  const rows = state.concepts.map(({ concept, mastery, right, answers }) => `  ${mastery.toFixed(2)}  ${right}/${answers}  ${concept}`);
  const reviews = state.reviews.slice(0, 10).map(({ item, due, isDue }) => `  ${isDue ? "*" : " "} ${due.slice(0, 16).replace("T", " ")}  ${item}`);
  output.write(shown(`${[...state.advice, ...rows, ...reviews].join("\n")}\n`, output));
}

async function openTracer(file: string): Promise<KnowledgeTracer> {
  const { KnowledgeTracer: Tracer } = await import("../../../apps/index.ts");
  const text = await readTextFile(file, 8 << 20);
  try {
    return new Tracer(JSON.parse(text) as ConstructorParameters<typeof Tracer>[0]);
  } catch (cause) {
    if (cause instanceof InkstoneError) throw cause;
    throw new InkstoneError(
      "E_RULES_FILE",
      { file, where: "/", why: { en: "this is no tracer of `tutor learn`", zh: "不是 `tutor learn` 输出的模型" } },
      { cause },
    );
  }
}

async function forget(name: string, { output, say }: Surroundings): Promise<void> {
  const { Learners } = await import("../../../apps/index.ts");
  await withStore(async (store) => {
    if (!(await new Learners(store).erase(name))) throw new InkstoneError("E_RECORD_UNKNOWN", { kind: { en: "learner", zh: "学习者" }, id: name });
  });
  output.write(say({ en: `Nothing of ${name} is kept any more.\n`, zh: `已清除 ${name} 的全部记录。\n` }));
}

async function learn(log: string, flags: LearnFlags, { output, signals, say }: Surroundings): Promise<void> {
  const [{ refuseExisting }, { writeFileDurably }, { openRows }, { KnowledgeTracer: Tracer }] = await Promise.all([
    import("../../outputs.ts"),
    import("../../../formats/index.ts"),
    import("../../../data/index.ts"),
    import("../../../apps/index.ts"),
  ]);
  await refuseExisting([flags.output], flags.force ?? false);
  const learners = new Map<string, LearnerAnswer[]>();
  for await (const { value, line } of openRows(log, { signal: signals.signal })) {
    const [who, concept, right] = [value[flags.learner], value[flags.concept], rightOf(value[flags.right])];
    if (who === undefined || who === null || concept === undefined || concept === null || right === undefined)
      throw new InkstoneError("E_DATA_ROW", {
        file: log,
        line,
        column: 1,
        why: {
          en: `it needs ${flags.learner}, ${flags.concept}, and 1 or 0 in ${flags.right}`,
          zh: `需要 ${flags.learner}、${flags.concept}，以及 ${flags.right} 中的 1 或 0`,
        },
      });
    const own = learners.get(String(who)) ?? [];
    own.push({ concept: String(concept), right });
    learners.set(String(who), own);
  }
  const tracer = await Tracer.train([...learners.values()], { epochs: flags.epochs, signal: signals.signal });
  await writeFileDurably(flags.output, JSON.stringify(tracer));
  const answers = [...learners.values()].reduce((sum, one) => sum + one.length, 0);
  output.write(
    flags.json
      ? `${JSON.stringify({ output: flags.output, learners: learners.size, answers })}\n`
      : say({
          en: `${counted(answers, "answer")} of ${counted(learners.size, "learner")}: ${flags.output}\n`,
          zh: `已由 ${learners.size} 位学习者的 ${answers} 次作答训练：${flags.output}\n`,
        }),
  );
}

function rightOf(value: unknown): boolean | undefined {
  if (value === true || value === 1 || value === "1" || value === "true") return true;
  return value === false || value === 0 || value === "0" || value === "false" ? false : undefined;
}

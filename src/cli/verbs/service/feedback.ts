// inkstone feedback list|export|rm: what people thought of answers in the page, and rows for training of it.
import { Argument, Option } from "commander";
import { counted, InkstoneError, shortened } from "../../../core/index.ts";
import { writeFileDurably } from "../../../formats/index.ts";
import type { FeedbackFormat, FeedbackRow, Store } from "../../../store/index.ts";
import { jsonOption } from "../../options.ts";
import { refuseExisting } from "../../outputs.ts";
import { tableOf } from "../../table.ts";
import { type Surroundings, shown } from "../../terminal.ts";
import { withStore } from "../../with-store.ts";
import type { Verb } from "../verb.ts";

type What = "list" | "export" | "rm";

interface Flags {
  readonly format: FeedbackFormat;
  readonly output?: string;
  readonly key?: string;
  readonly all?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** The verb `feedback`. Errors: E_USAGE, E_FEEDBACK_NONE, E_RECORD_UNKNOWN, E_IO_CREATE, and those of the store. */
export const verb: Verb = {
  name: "feedback",
  define(command, say, around) {
    command
      .summary(
        say({ en: "ratings and edits of answers, as rows for training: list, export, rm", zh: "回答的评价与改写，用作训练数据：list、export、rm" }),
      )
      .description(
        say({
          en: "What was thought of answers in the page or over /v1/feedback. Exported as preferences it trains a model: `inkstone finetune MODEL preferences.jsonl --method dpo --output DIR`.",
          zh: "在网页或 /v1/feedback 中对回答的评价。以偏好格式导出后即可训练模型：`inkstone finetune 模型 preferences.jsonl --method dpo --output 文件夹`。",
        }),
      )
      .addArgument(
        new Argument("<what>", say({ en: "what to do: list, export, rm", zh: "操作：list、export、rm" })).choices(["list", "export", "rm"]),
      )
      .argument("[id]", say({ en: "rm: which one", zh: "rm：编号" }))
      .addOption(
        new Option(
          "--format <f>",
          say({ en: "of export: pairs, answers with labels, or good answers", zh: "导出格式：偏好对、带标签的回答，或好的回答" }),
        )
          .choices(["preferences", "ratings", "examples"])
          .default("preferences"),
      )
      .option("--output <file>", say({ en: "where export writes (default: standard output)", zh: "导出文件（默认：标准输出）" }))
      .option(
        "--key <name>",
        say({ en: "of this key, by name or id (default: of nobody's key)", zh: "此密钥的反馈，按名称或编号（默认：未使用密钥的）" }),
      )
      .option("--all", say({ en: "rm: all of them", zh: "rm：全部删除" }))
      .option("--force", say({ en: "replace a file that is there", zh: "覆盖已有文件" }))
      .addOption(jsonOption(say))
      .action((what: What, id: string | undefined, flags: Flags) => withStore((store) => feedback(store, what, id, flags, around)));
  },
};

async function feedback(store: Store, what: What, id: string | undefined, flags: Flags, around: Surroundings): Promise<void> {
  if (what !== "rm" && id !== undefined)
    throw new InkstoneError("E_USAGE", { why: { en: `feedback ${what} takes no id.`, zh: `feedback ${what} 不接受编号。` } });
  const owner = await ownerOf(store, flags.key);
  if (what === "list") return list(await store.feedback.all(owner), flags, around);
  if (what === "export") return exported(await store.feedback.all(owner), flags, around);
  if ((id === undefined) === (flags.all !== true))
    throw new InkstoneError("E_USAGE", { why: { en: "feedback rm needs an id, or --all.", zh: "feedback rm 需要编号或 --all。" } });
  const removed = id === undefined ? await store.feedback.clear(owner) : await store.feedback.remove(owner, id).then(() => 1);
  around.output.write(`${around.say({ en: `${removed} deleted.`, zh: `已删除 ${removed} 条。` })}\n`);
}

async function ownerOf(store: Store, key: string | undefined): Promise<string> {
  if (key === undefined) return "";
  const found = (await store.keys.list()).find(({ id, name }) => id === key || name === key);
  if (found === undefined) throw new InkstoneError("E_RECORD_UNKNOWN", { kind: { en: "key", zh: "密钥" }, id: key });
  return found.id;
}

async function list(rows: readonly FeedbackRow[], { json }: Flags, { output, say }: Surroundings): Promise<void> {
  if (json) {
    for (const row of rows) output.write(`${JSON.stringify(row)}\n`);
    return;
  }
  const { feedbackCounts } = await import("../../../store/index.ts");
  const short = (text: string) => shortened(text.replaceAll(/\s+/g, " "), 40);
  const marks = { "1": say({ en: "good", zh: "好" }), "-1": say({ en: "bad", zh: "差" }) } as const;
  const head = [
    say({ en: "id", zh: "编号" }),
    "",
    say({ en: "question", zh: "问题" }),
    say({ en: "answer", zh: "回答" }),
    say({ en: "better", zh: "更好" }),
  ];
  const cells = rows.map(({ id, prompt, answer, rating, better }) => [
    id,
    rating === undefined ? "" : marks[rating],
    short(prompt.at(-1)?.content ?? ""),
    short(answer),
    short(better ?? ""),
  ]);
  const { answers, preferences } = feedbackCounts(rows);
  const sum = say({
    en: `${counted(answers, "judged answer")}, ${counted(preferences, "preference")}`,
    zh: `${answers} 条评价，${preferences} 个偏好对`,
  });
  output.write(shown(`${rows.length > 0 ? tableOf([head, ...cells]) : ""}${sum}\n`, output));
}

async function exported(rows: readonly FeedbackRow[], { format, output: path, force }: Flags, { output, errors, say }: Surroundings): Promise<void> {
  const { trainingRows } = await import("../../../store/index.ts");
  const made = trainingRows(rows, format);
  if (made.length === 0) throw new InkstoneError("E_FEEDBACK_NONE", { format });
  const text = made.map((row) => `${JSON.stringify(row)}\n`).join("");
  if (path === undefined) {
    output.write(text);
    return;
  }
  await refuseExisting([path], force ?? false, []);
  await writeFileDurably(path, text);
  errors.write(`${say({ en: `${counted(made.length, "row")}: ${path}`, zh: `${made.length} 行：${path}` })}\n`);
}

// inkstone moderate [TEXT | -]: a verdict on each post by a policy; `moderate train` makes a classifier for one, `moderate dry-run` tries one on history.
import { type Command, Option } from "commander";
import type { Post, Verdict } from "../../../apps/index.ts";
import { counted, InkstoneError, shortened } from "../../../core/index.ts";
import type { TextModelName } from "../../../pipelines/index.ts";
import { readAll } from "../../input.ts";
import { classifierOption, embeddingsOption, foldsOption, jsonOption, numberOption, type Say, seedOption } from "../../options.ts";
import { tuningProgress } from "../../progress/tuning.ts";
import { ProgressLine, type Surroundings, shown } from "../../terminal.ts";
import { withStore } from "../../with-store.ts";
import type { Verb } from "../verb.ts";
import { addQueue } from "./moderate-queue.ts";

interface AskFlags {
  readonly policy?: string;
  readonly format: "lines" | "jsonl" | "whole";
  readonly queue?: boolean;
  readonly json?: boolean;
}

/** The verb `moderate`. Errors: E_INPUT_EMPTY, E_INPUT_SIZE, E_RULES_FILE, E_INPUT_MISSING, E_DATA_ROW, E_IO_CREATE, those of training. */
export const verb: Verb = {
  name: "moderate",
  define(command, say, around) {
    command
      .summary(say({ en: "allow, review or remove posts", zh: "审核帖子：放行、复核或移除" }))
      .description(
        say({
          en: "Judges posts by sensitive words (and the ways around a list), classifiers and rules of a policy. Without --policy a small list of its own is used.",
          zh: "按策略中的敏感词（含各种变体写法）、分类器与规则审核帖子。未指定 --policy 时使用内置的小词表。",
        }),
      )
      .argument("[text]", say({ en: "the post; - or none reads standard input", zh: "帖子；- 或省略时从标准输入读取" }))
      .option("--policy <file>", say({ en: "a policy in YAML", zh: "YAML 策略文件" }))
      .addOption(
        new Option(
          "--format <f>",
          say({
            en: "standard input: a post a line, JSON Lines with text, or one post",
            zh: "标准输入格式：每行一帖、含 text 的 JSON Lines，或整段一帖",
          }),
        )
          .choices(["lines", "jsonl", "whole"])
          .default("lines"),
      )
      .option(
        "--queue",
        say({ en: "put what is to be reviewed in the queue (see `moderate queue`)", zh: "将需复核的帖子加入队列（见 `moderate queue`）" }),
      )
      .addOption(jsonOption(say))
      .action((text: string | undefined, flags: AskFlags) => ask(text, flags, around));
    addTraining(command, say, around);
    addDryRun(command, say, around);
    addQueue(command, say, around);
  },
};

async function ask(given: string | undefined, flags: AskFlags, { input, output, say }: Surroundings): Promise<void> {
  const { Moderator } = await import("../../../apps/index.ts");
  const moderator = await Moderator.open(flags.policy);
  const posts = given === undefined || given === "-" ? postsOf(await readAll(input), flags.format) : [{ text: given }];
  if (posts.length === 0 || (posts.length === 1 && posts[0].text.trim() === ""))
    throw new InkstoneError("E_INPUT_EMPTY", { what: { en: "the text", zh: "文本" } });
  const waiting: { post: Post; verdict: Verdict }[] = [];
  try {
    for (const post of posts) {
      const verdict = await moderator.judge(post);
      if (flags.queue && verdict.action === "review") waiting.push({ post, verdict });
      output.write(
        flags.json
          ? `${JSON.stringify({ ...idOf(post), ...verdict, reason: typeof verdict.reason === "string" ? verdict.reason : say(verdict.reason) })}\n`
          : shown(line(post, verdict, say), output),
      );
    }
  } finally {
    await moderator.close();
  }
  if (waiting.length > 0)
    await withStore(async (store) => {
      const { ModerationQueue } = await import("../../../apps/index.ts");
      const queue = new ModerationQueue(store);
      for (const { post, verdict } of waiting) await queue.add(post, verdict);
    });
}

const idOf = ({ id }: Post): { id?: string } => (id === undefined ? {} : { id });

function postsOf(text: string, format: AskFlags["format"]): Post[] {
  if (format === "whole") return [{ text }];
  const lines = text.split(/\r?\n/).filter((one) => one.trim() !== "");
  return format === "lines" ? lines.map((one) => ({ text: one })) : lines.map(postOfRow);
}

function postOfRow(line: string, index: number): Post {
  let row: unknown;
  try {
    row = JSON.parse(line);
  } catch {
    throw new InkstoneError("E_DATA_ROW", { file: "-", line: index + 1, column: 1, why: { en: "this is not JSON", zh: "不是有效的 JSON" } });
  }
  const text = typeof row === "object" && row !== null ? ((row as Record<string, unknown>).text ?? (row as Record<string, unknown>).body) : undefined;
  if (typeof text !== "string")
    throw new InkstoneError("E_DATA_ROW", { file: "-", line: index + 1, column: 1, why: { en: 'it has no text in "text"', zh: "“text”中没有文本" } });
  return { ...(row as Post), text };
}

function line({ text }: Post, { action, labels, spans, reason }: Verdict, say: Say): string {
  const words = { allow: say({ en: "allow ", zh: "放行" }), review: say({ en: "review", zh: "复核" }), remove: say({ en: "remove", zh: "移除" }) };
  const scores = Object.entries(labels).map(([label, score]) => `${label} ${score.toFixed(2)}`);
  const places = spans.map(({ start, end, rule }) => `${start}-${end} ${rule}`);
  const short = shortened(text.replace(/\s+/g, " "), 60);
  return `${words[action]}  ${short}\n        ${typeof reason === "string" ? reason : say(reason)}${scores.length > 0 ? `  [${scores.join(", ")}]` : ""}${places.length > 0 ? `  (${places.join("; ")})` : ""}\n`;
}

interface TrainFlags {
  readonly text: string;
  readonly label: string;
  readonly precision: number;
  readonly model: "auto" | "tuned" | TextModelName;
  readonly embeddings?: string;
  readonly epochs?: number;
  readonly seed: number;
  readonly folds: number;
  readonly output: string;
  readonly skipBad?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
}

function addTraining(command: Command, say: Say, around: Surroundings): void {
  command
    .command("train")
    .description(
      say({
        en: "A classifier from labelled posts, with thresholds that keep a promise of precision.",
        zh: "从已标注的帖子训练分类器，并给出满足精确率目标的阈值。",
      }),
    )
    .argument("<data>", say({ en: "CSV, TSV, JSONL, JSON or Parquet", zh: "CSV、TSV、JSONL、JSON 或 Parquet 文件" }))
    .option("--text <column>", say({ en: "column of the text", zh: "文本列" }), "text")
    .option("--label <column>", say({ en: "column of the label", zh: "标签列" }), "label")
    .addOption(
      numberOption("--precision <p>", say({ en: "how often what is above a threshold is right", zh: "阈值之上的判断应达到的精确率" }), {
        least: 0.01,
        most: 1,
      }).default(0.95),
    )
    .addOption(
      classifierOption(
        say({
          en: "which model; auto: words joined with vectors where the embedding model is at hand, else the best that counts words; tuned: an encoder tuned on the posts, words beside it (minutes to hours)",
          zh: "模型；auto：本机有向量模型时为 joined（词语与向量合用），否则选用最好的词语模型；tuned：在帖子上微调编码器并与词语合用（耗时数分钟至数小时）",
        }),
      ).default("auto"),
    )
    .addOption(embeddingsOption(say))
    .addOption(
      numberOption(
        "--epochs <n>",
        say({
          en: "of tuned: passes over the posts (default: 3 to 15, by the posts a label)",
          zh: "tuned 的训练轮数（默认：3 至 15，取决于每个标签的帖子数）",
        }),
        { least: 1, most: 1000, whole: true },
      ),
    )
    .addOption(foldsOption(say, 5))
    .addOption(seedOption(say))
    .option(
      "--output <file>",
      say({ en: "where the classifier goes; a tuned one is a folder", zh: "分类器写入的文件；tuned 写为文件夹" }),
      "moderation.json",
    )
    .option("--skip-bad", say({ en: "leave broken rows out and count them", zh: "跳过并统计损坏的行" }))
    .option("--force", say({ en: "replace the file if it is there", zh: "若文件已存在则替换" }))
    .addOption(jsonOption(say))
    .action((data: string, flags: TrainFlags) => train(data, flags, around));
}

// What "auto" is on this machine. Nothing is fetched that was not asked for; what is missing is said.
async function modelFor({ model, embeddings }: TrainFlags, texts: readonly string[], { errors, say }: Surroundings): Promise<TrainFlags["model"]> {
  if (model !== "auto") return model;
  if (embeddings !== undefined) return "joined";
  const { findUsualEmbeddings, languageOfTexts } = await import("../../../pipelines/index.ts");
  const { name, isAtHand } = await findUsualEmbeddings(languageOfTexts(texts));
  if (isAtHand) return "joined";
  errors.write(
    say({
      en: `Words alone are looked at: ${name} is not at hand (\`inkstone pull ${name}\`, or --model joined, brings it).\n`,
      zh: `本机没有 ${name}，仅依据词语训练（可运行“inkstone pull ${name}”，或指定 --model joined）。\n`,
    }),
  );
  return "auto";
}

async function train(data: string, flags: TrainFlags, around: Surroundings): Promise<void> {
  const { output, errors, signals, say } = around;
  const to = flags.model === "tuned" && flags.output === "moderation.json" ? "moderation" : flags.output;
  const { refuseExisting } = await import("../../outputs.ts");
  await refuseExisting([to], flags.force ?? false, [data]);
  const { trainModeration } = await import("../../../apps/index.ts");
  const { readExamples } = await import("../../../pipelines/index.ts");
  const { signal } = signals;
  const { examples, skipped } = await readExamples(data, { text: flags.text, label: flags.label, skipBad: flags.skipBad, signal });
  const { precision, embeddings, epochs, folds, seed } = flags;
  const model = await modelFor(
    flags,
    examples.map(({ text }) => text),
    around,
  );
  const bar = new ProgressLine(errors);
  const tuning = model === "tuned" ? { output: to, onStep: tuningProgress(bar, around) } : {};
  const options = { precision, model, folds, seed, signal, ...tuning, ...(embeddings && { embeddings }), ...(epochs && { epochs }) };
  const { classifier, ...found } = await trainModeration(examples, options).finally(() => bar.end());
  await classifier.save(to).finally(() => classifier.close());
  if (flags.json) {
    const facts = { output: to, model: classifier.modelName, examples: examples.length, skipped: skipped.length };
    output.write(`${JSON.stringify({ ...facts, ...found })}\n`);
    return;
  }
  const { thresholds, accuracy, macroF1 } = found;
  const rows = thresholds.map(
    ({ label, threshold, precision: kept, recall }) =>
      `  ${label.padEnd(16)} ${threshold > 1 ? "-" : threshold.toFixed(3)}  ${kept.toFixed(3)}  ${recall.toFixed(3)}\n`,
  );
  const head = say({
    en: `accuracy ${accuracy.toFixed(4)}, macro F1 ${macroF1.toFixed(4)}\n  label            threshold, precision, recall\n`,
    zh: `准确率 ${accuracy.toFixed(4)}，宏平均 F1 ${macroF1.toFixed(4)}\n  标签             阈值、精确率、召回率\n`,
  });
  output.write(shown(head + rows.join("") + say({ en: `Saved to ${to}.\n`, zh: `已保存到 ${to}。\n` }), output));
}

interface DryFlags {
  readonly policy?: string;
  readonly text: string;
  readonly decision?: string;
  readonly json?: boolean;
}

function addDryRun(command: Command, say: Say, around: Surroundings): void {
  command
    .command("dry-run")
    .description(say({ en: "What a policy would have done with posts of the past. Changes nothing.", zh: "在历史帖子上试运行策略，不作任何改动。" }))
    .argument("<history>", say({ en: "CSV, TSV, JSONL, JSON or Parquet", zh: "CSV、TSV、JSONL、JSON 或 Parquet 文件" }))
    .option("--policy <file>", say({ en: "a policy in YAML", zh: "YAML 策略文件" }))
    .option("--text <column>", say({ en: "column of the text", zh: "文本列" }), "text")
    .option("--decision <column>", say({ en: "column of what was decided: allow, review or remove", zh: "当时决定所在列：allow、review 或 remove" }))
    .addOption(jsonOption(say))
    .action((history: string, flags: DryFlags) => dry(history, flags, around));
}

async function dry(history: string, { policy, text, decision, json }: DryFlags, { output, signals, say }: Surroundings): Promise<void> {
  const { dryRun, Moderator } = await import("../../../apps/index.ts");
  const { openRows } = await import("../../../data/index.ts");
  const moderator = await Moderator.open(policy);
  async function* posts(): AsyncGenerator<{ post: Post; decided?: "allow" | "review" | "remove" }> {
    for await (const { value, line: number } of openRows(history, { signal: signals.signal })) {
      const found = value[text];
      if (typeof found !== "string")
        throw new InkstoneError("E_DATA_ROW", {
          file: history,
          line: number,
          column: 1,
          why: { en: `it has no text in "${text}"`, zh: `“${text}”中没有文本` },
        });
      const decided = decision === undefined ? undefined : value[decision];
      yield {
        post: { ...(value as object), text: found } as Post,
        decided: decided === "allow" || decided === "review" || decided === "remove" ? decided : undefined,
      };
    }
  }
  const result = await dryRun(moderator, posts()).finally(() => moderator.close());
  if (json) {
    output.write(`${JSON.stringify(result)}\n`);
    return;
  }
  const { actions, causes, decided, agreed } = result;
  const head = say({
    en: `${counted(result.posts, "post")}: ${actions.allow} allowed, ${actions.review} to review, ${actions.remove} removed${decided > 0 ? `; as decided then: ${agreed} of ${decided}` : ""}\n`,
    zh: `共 ${result.posts} 帖：放行 ${actions.allow}，复核 ${actions.review}，移除 ${actions.remove}${decided > 0 ? `；与当时决定一致 ${agreed}/${decided}` : ""}\n`,
  });
  output.write(
    shown(
      head +
        causes
          .slice(0, 20)
          .map(
            ({ cause, posts: count, examples }) => `  ${String(count).padStart(6)}  ${cause}  (${examples[0].replace(/\s+/g, " ").slice(0, 60)})\n`,
          )
          .join(""),
      output,
    ),
  );
}

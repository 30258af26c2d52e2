// inkstone moderate queue|decide|appeal|settle|drift: what people look at, what they decide, and whether posts are other than they were.
import { type Command, Option } from "commander";
import type { CaseState, DriftPost, ModerationAction, ModerationCase, ModerationQueue } from "../../../apps/index.ts";
import { counted, InkstoneError, shortened } from "../../../core/index.ts";
import { jsonOption, type Say } from "../../options.ts";
import { type Surroundings, shown } from "../../terminal.ts";
import { withStore } from "../../with-store.ts";

interface Flags {
  readonly action: ModerationAction;
  readonly by: string;
  readonly note?: string;
  readonly reason: string;
  readonly state?: CaseState;
  readonly json?: boolean;
}
interface DriftFlags {
  readonly policy?: string;
  readonly text: string;
  readonly decision?: string;
  readonly json?: boolean;
}

/** Adds the verbs of the queue. */
export function addQueue(command: Command, say: Say, around: Surroundings): void {
  const id = say({ en: "the case, as `moderate queue` names it", zh: "案件编号，见 `moderate queue`" });
  const action = (): Option =>
    new Option("--action <what>", say({ en: "what is done with the post", zh: "对帖子的处理" }))
      .choices(["allow", "review", "remove"])
      .makeOptionMandatory();
  const by = say({ en: "who decides", zh: "决定人" });
  command
    .command("queue")
    .description(
      say({
        en: "Posts that wait for a person (`moderate --queue` puts them there), decisions, appeals.",
        zh: "待人工复核的帖子（由 `moderate --queue` 加入）、决定与申诉。",
      }),
    )
    .addOption(new Option("--state <s>", say({ en: "only these", zh: "仅限此状态" })).choices(["waiting", "decided", "appealed", "settled"]))
    .addOption(jsonOption(say))
    .action((flags: Flags) => list(flags, around));
  const deciding: readonly (readonly ["decide" | "settle", string, string])[] = [
    ["decide", "Decides a case that waits.", "对待复核案件作出决定。"],
    ["settle", "Ends an appeal; somebody else than who decided.", "处理申诉，须由原决定人以外的人进行。"],
  ];
  for (const [name, en, zh] of deciding)
    command
      .command(name)
      .description(say({ en, zh }))
      .argument("<id>", id)
      .addOption(action())
      .requiredOption("--by <name>", by)
      .option("--note <text>", say({ en: "why", zh: "理由" }))
      .addOption(jsonOption(say))
      .action((one: string, { action: wanted, by: who, note, json }: Flags) =>
        move((queue) => queue[name](one, { action: wanted, by: who, ...(note ? { note } : {}) }), json, around),
      );
  command
    .command("appeal")
    .description(say({ en: "The author does not agree with a decision.", zh: "作者对决定提出申诉。" }))
    .argument("<id>", id)
    .requiredOption("--reason <text>", say({ en: "why not", zh: "申诉理由" }))
    .addOption(jsonOption(say))
    .action((one: string, { reason, json }: Flags) => move((queue) => queue.appeal(one, reason), json, around));
  command
    .command("drift")
    .description(
      say({
        en: "Holds newer posts beside older ones: actions, labels, disagreement, unknown words, each tested.",
        zh: "对比新旧两批帖子：处理、标签、分歧与生词的变化，逐项检验。",
      }),
    )
    .argument("<before>", say({ en: "older posts: CSV, TSV, JSONL, JSON or Parquet", zh: "较早的帖子：CSV、TSV、JSONL、JSON 或 Parquet 文件" }))
    .argument("<now>", say({ en: "newer posts", zh: "较新的帖子" }))
    .option("--policy <file>", say({ en: "a policy in YAML", zh: "YAML 策略文件" }))
    .option("--text <column>", say({ en: "column of the text", zh: "文本列" }), "text")
    .option("--decision <column>", say({ en: "column of what was decided: allow, review or remove", zh: "当时决定所在列：allow、review 或 remove" }))
    .addOption(jsonOption(say))
    .action((before: string, now: string, flags: DriftFlags) => drift(before, now, flags, around));
}

const line = ({ id, state, post, verdict, decision, settlement, appeal }: ModerationCase): string =>
  `${id}  ${state}  ${verdict.action}${decision === undefined ? "" : ` → ${decision.action} (${decision.by})`}${settlement === undefined ? "" : ` → ${settlement.action} (${settlement.by})`}  ${shortened(post.text.replace(/\s+/g, " "), 60)}${appeal === undefined ? "" : `  “${shortened(appeal.reason, 40)}”`}`;

async function list({ state, json }: Flags, { output, say }: Surroundings): Promise<void> {
  const { ModerationQueue: Queue } = await import("../../../apps/index.ts");
  await withStore(async (store) => {
    const queue = new Queue(store);
    const [cases, outcomes] = [await queue.list(state ? { state } : {}), await queue.outcomes()];
    const tail = say({
      en: `${outcomes.waiting} ${outcomes.waiting === 1 ? "waits" : "wait"}, ${outcomes.appealed} ${outcomes.appealed === 1 ? "is" : "are"} appealed; of ${outcomes.judged} that the policy judged, people agreed with ${outcomes.agreed}`,
      zh: `待复核 ${outcomes.waiting}，申诉中 ${outcomes.appealed}；策略已判断的 ${outcomes.judged} 件中，人工一致 ${outcomes.agreed} 件`,
    });
    output.write(json ? `${JSON.stringify({ cases, outcomes })}\n` : shown(`${[...cases.map(line), tail].join("\n")}\n`, output));
  });
}

async function move(work: (queue: ModerationQueue) => Promise<ModerationCase>, json: boolean | undefined, { output }: Surroundings): Promise<void> {
  const { ModerationQueue: Queue } = await import("../../../apps/index.ts");
  await withStore(async (store) => {
    const one = await work(new Queue(store));
    output.write(json ? `${JSON.stringify(one)}\n` : shown(`${line(one)}\n`, output));
  });
}

async function drift(
  before: string,
  now: string,
  { policy, text, decision, json }: DriftFlags,
  { output, signals, say }: Surroundings,
): Promise<void> {
  const [{ Moderator, moderationDrift }, { openRows }] = await Promise.all([import("../../../apps/index.ts"), import("../../../data/index.ts")]);
  const { signal } = signals;
  const read = async (file: string): Promise<DriftPost[]> => {
    const posts: DriftPost[] = [];
    for await (const { value, line: number } of openRows(file, { signal })) {
      const found = value[text];
      if (typeof found !== "string")
        throw new InkstoneError("E_DATA_ROW", {
          file,
          line: number,
          column: 1,
          why: { en: `it has no text in "${text}"`, zh: `“${text}”中没有文本` },
        });
      const decided = decision === undefined ? undefined : value[decision];
      posts.push({ post: { text: found }, ...(decided === "allow" || decided === "review" || decided === "remove" ? { decided } : {}) });
    }
    return posts;
  };
  const moderator = await Moderator.open(policy);
  const report = await moderationDrift(moderator, await read(before), await read(now), { signal }).finally(() => moderator.close());
  if (json) {
    output.write(`${JSON.stringify(report)}\n`);
    return;
  }
  const head = say({
    en: `${counted(report.before, "post")} before, ${report.now} now; stability index ${report.stability}`,
    zh: `此前 ${report.before} 帖，现在 ${report.now} 帖；稳定性指数 ${report.stability}`,
  });
  const rows = report.findings.map(
    ({ what, before: a, now: b, p, drifted }) =>
      `${drifted ? "*" : " "} ${what.padEnd(22)} ${a.value.toFixed(3)} → ${b.value.toFixed(3)}  p ${p < 0.001 ? "<0.001" : p.toFixed(3)}`,
  );
  output.write(shown(`${[head, ...rows].join("\n")}\n`, output));
}

// inkstone support train|ask|evaluate|chat|queue|analytics PROJECT: customer service from examples, flows and documents.
import { createInterface } from "node:readline/promises";
import type { SupportEvaluation, SupportReply, SupportService } from "../../../apps/index.ts";
import { counted, InkstoneError } from "../../../core/index.ts";
import type { Store } from "../../../store/index.ts";
import { jsonOption, type Say } from "../../options.ts";
import { dim, isTerminal, ProgressLine, type Surroundings, shown } from "../../terminal.ts";
import { withStore } from "../../with-store.ts";
import type { Verb } from "../verb.ts";

interface Flags {
  readonly json?: boolean;
  readonly session?: string;
  readonly customer?: string;
}

/** The verb `support`. Errors: E_SUPPORT_*, E_DATABASE*, E_INPUT_EMPTY. */
export const verb: Verb = {
  name: "support",
  define(command, say, around) {
    command.summary(say({ en: "customer service from examples and documents", zh: "基于示例与文档的智能客服" })).description(
      say({
        en: "A project is a folder of YAML files as Rasa has them (nlu, stories, rules, responses, slots, forms) plus flows, and a folder `knowledge` with documents.",
        zh: "项目为一个文件夹，内含与 Rasa 相同写法的 YAML 文件（nlu、stories、rules、responses、slots、forms）以及 flows，文档放在 knowledge 文件夹中。",
      }),
    );
    const project = say({ en: "folder of the project", zh: "项目文件夹" });
    const session = ["--session <id>", say({ en: "the talk that this belongs to (a new one by default)", zh: "所属会话（默认新建）" })] as const;
    const customer = [
      "--customer <id>",
      say({ en: "who talks: replies may use this customer's record only", zh: "客户标识：回复只会使用该客户的资料" }),
    ] as const;
    command
      .command("train")
      .description(say({ en: "Learns intents and slots, and reads the documents.", zh: "学习意图与槽位，并读取文档。" }))
      .argument("<project>", project)
      .addOption(jsonOption(say))
      .action((folder: string, flags: Flags) => withStore((store) => train(store, folder, flags, around)));
    command
      .command("ask")
      .description(say({ en: "Answers one turn.", zh: "回答一轮。" }))
      .argument("<project>", project)
      .argument("<text>", say({ en: "what the customer says", zh: "客户的话" }))
      .option(...session)
      .option(...customer)
      .addOption(jsonOption(say))
      .action((folder: string, text: string, flags: Flags) => withService(folder, (service) => ask(service, text, flags, around)));
    command
      .command("evaluate")
      .description(
        say({
          en: "How well it understands rows that it was not trained on: intents, slots, and what is out of scope (rows of the intent oos or out_of_scope).",
          zh: "在未用于训练的数据上评测：意图、槽位以及范围外识别（意图为 oos 或 out_of_scope 的行）。",
        }),
      )
      .argument("<project>", project)
      .argument(
        "<data>",
        say({
          en: "rows with text and intent, slots as entities or marked in the text",
          zh: "含 text 与 intent 的数据，槽位写在 entities 中或在文本中标注",
        }),
      )
      .addOption(jsonOption(say))
      .action((folder: string, data: string, flags: Flags) => withService(folder, (service) => evaluate(service, data, flags, around)));
    command
      .command("chat")
      .description(say({ en: "Talks until the end of the input.", zh: "连续对话，直到输入结束。" }))
      .argument("<project>", project)
      .option(...session)
      .option(...customer)
      .action((folder: string, flags: Flags) => withService(folder, (service) => chat(service, flags, around)));
    command
      .command("queue")
      .description(say({ en: "Talks that wait for a person.", zh: "等待人工处理的会话。" }))
      .argument("<project>", project)
      .addOption(jsonOption(say))
      .action((folder: string, flags: Flags) => withService(folder, (service) => queue(service, flags, around)));
    command
      .command("analytics")
      .description(say({ en: "How the service goes, and what it could not answer.", zh: "服务情况，以及未能回答的问题。" }))
      .argument("<project>", project)
      .action((folder: string) =>
        withService(folder, async (service) => void around.output.write(`${JSON.stringify(await service.analytics(), null, 2)}\n`)),
      );
  },
};

const withService = <T>(folder: string, work: (service: SupportService) => Promise<T>): Promise<T> =>
  withStore(async (store) => {
    const { SupportService } = await import("../../../apps/index.ts");
    const service = await SupportService.open(folder, store);
    return work(service).finally(() => service.close());
  });

async function train(store: Store, folder: string, { json }: Flags, { output, errors, signals, say }: Surroundings): Promise<void> {
  const { trainSupport } = await import("../../../apps/index.ts");
  const trained = await trainSupport(folder, store, { signal: signals.signal });
  const { examples, intents, flows, stories, documents, missing } = trained;
  if (missing !== undefined)
    errors.write(
      say({
        en: `Words alone were looked at: ${missing} is not at hand. Train again after \`inkstone pull ${missing}\` (settings: { vectors: none } says that words are enough).\n`,
        zh: `本机没有 ${missing}，仅依据词语训练。运行“inkstone pull ${missing}”后请重新训练（若只用词语，请在 settings 中写 vectors: none）。\n`,
      }),
    );
  output.write(
    json
      ? `${JSON.stringify(trained)}\n`
      : say({
          en: `Learned ${counted(intents, "intent")} from ${counted(examples, "example")}, ${counted(flows, "flow")}, ${counted(stories, "story")}, ${counted(documents, "document")}.\n`,
          zh: `已从 ${examples} 条示例学习 ${intents} 个意图，另有 ${flows} 个流程、${stories} 个故事、${documents} 个文档。\n`,
        }),
  );
}

async function evaluate(service: SupportService, data: string, { json }: Flags, { output, errors, signals, say }: Surroundings): Promise<void> {
  const { readSupportRows } = await import("../../../apps/index.ts");
  const rows = await readSupportRows(data, { signal: signals.signal });
  const bar = new ProgressLine(errors);
  const onProgress = (done: number, total: number) => isTerminal(errors) && bar.update(say({ en: "Asking", zh: "正在评测" }), done, total);
  const found = await service.evaluate(rows, { signal: signals.signal, onProgress }).finally(() => bar.end());
  output.write(json ? `${JSON.stringify(found)}\n` : shown(evaluated(found, say), output));
}

function evaluated({ intents, slots, outOfScope, unknownIntents }: SupportEvaluation, say: Say): string {
  const four = (value: number): string => value.toFixed(4);
  const lines = [
    say({
      en: `intents: accuracy ${four(intents.accuracy)}, macro F1 ${four(intents.macroF1)} of ${counted(intents.rows, "row")}`,
      zh: `意图：准确率 ${four(intents.accuracy)}，宏平均 F1 ${four(intents.macroF1)}（${intents.rows} 行）`,
    }),
  ];
  if (slots !== null)
    lines.push(
      say({
        en: `slots: F1 ${four(slots.f1)}, precision ${four(slots.precision)}, recall ${four(slots.recall)} of ${slots.marked} marked`,
        zh: `槽位：F1 ${four(slots.f1)}，精确率 ${four(slots.precision)}，召回率 ${four(slots.recall)}（标注 ${slots.marked} 处）`,
      }),
    );
  if (outOfScope !== null)
    lines.push(
      say({
        en: `out of scope: AUROC ${four(outOfScope.auroc)}; told ${four(outOfScope.told)} of ${counted(outOfScope.rows, "row")}, and ${four(outOfScope.customersTakenForOne)} of the others`,
        zh: `范围外：AUROC ${four(outOfScope.auroc)}；识别出其中 ${four(outOfScope.told)}（${outOfScope.rows} 行），误判其他行 ${four(outOfScope.customersTakenForOne)}`,
      }),
    );
  if (unknownIntents.length > 0) {
    const names = `${unknownIntents.slice(0, 5).join(", ")}${unknownIntents.length > 5 ? " …" : ""}`;
    lines.push(say({ en: `not in the project: ${names}`, zh: `项目中没有的意图：${names}` }));
  }
  return `${lines.join("\n")}\n`;
}

const newSession = (): string => `cli-${Date.now().toString(36)}-${process.pid}`;
const printed = ({ citations, ...reply }: SupportReply): string =>
  `${JSON.stringify({ ...reply, citations: citations.map(({ page = null, ...one }) => ({ ...one, page })) })}\n`;

async function ask(
  service: SupportService,
  text: string,
  { json, session = newSession(), customer }: Flags,
  { output, signals }: Surroundings,
): Promise<void> {
  const reply = await service.ask(session, text, { customer, signal: signals.signal });
  output.write(json ? printed(reply) : shown(`${reply.reply}\n`, output));
}

async function chat(service: SupportService, { session = newSession(), customer }: Flags, { input, output, signals }: Surroundings): Promise<void> {
  await service.warm();
  // Not before: lines that come while nobody reads them are lost.
  const lines = createInterface({ input, terminal: false, signal: signals.signal });
  if (isTerminal(input)) output.write("> ");
  for await (const line of lines) {
    if (line.trim() !== "") {
      const reply = await service.ask(session, line, { customer, signal: signals.signal }).catch((error: unknown) => {
        if (error instanceof InkstoneError && (error.code === "E_OPTION" || error.code === "E_INPUT_EMPTY")) return undefined;
        throw error;
      });
      if (reply !== undefined)
        output.write(`${shown(reply.reply, output)}\n${reply.handOver === null ? "" : dim(`${reply.handOver.summary}\n`, output)}`);
    }
    if (isTerminal(input)) output.write("> ");
  }
}

async function queue(service: SupportService, { json }: Flags, { output }: Surroundings): Promise<void> {
  const waiting = await service.waiting();
  output.write(
    json ? `${JSON.stringify({ waiting })}\n` : shown(waiting.map(({ session, summary }) => `${session}\n  ${summary}\n`).join(""), output),
  );
}

// inkstone serve: the page and the API, until it is told to stop.
import { createServer as createListener } from "node:net";
import { availableParallelism } from "node:os";
import { basename, join } from "node:path";
import { Option } from "commander";
import type { SupportService } from "../../../apps/index.ts";
import { dataFolder, InkstoneError } from "../../../core/index.ts";
import type { ModelInformation, TokenizingGenerator } from "../../../generate/index.ts";
import type { RunningServer } from "../../../server/index.ts";
import type { Store } from "../../../store/index.ts";
import { openModel } from "../../model.ts";
import { contextOption, numberOption, precisionOption, type Say, threadsOption } from "../../options.ts";
import { Quit } from "../../report.ts";
import { calledBy } from "../../serving/offered.ts";
import { engineOf, type Plan, planOf, type ServeFlags } from "../../serving/plan.ts";
import { pulledBy, servedChats } from "../../serving/served-chats.ts";
import { encoderOptions, servedEncoders } from "../../serving/served-encoders.ts";
import { servedWriters, writerOptions } from "../../serving/served-writers.ts";
import { exitOf } from "../../signals.ts";
import type { Surroundings } from "../../terminal.ts";
import type { Verb } from "../verb.ts";

/** Where the server listens when nothing is said: next to 11434, where other local model servers are. */
export const defaultPort = 11435;

/** The verb `serve`. Errors: E_ADDRESS, and those of `LanguageModel.open`. */
export const verb: Verb = {
  name: "serve",
  define(command, say, around) {
    for (const option of [...alsoOptions(say), ...encoderOptions(say), ...writerOptions(say), ...accessOptions(say)]) command.addOption(option);
    command
      .summary(say({ en: "serve the page and the API", zh: "启动网页与 API 服务" }))
      .description(
        say({
          en: "Serves a chat page and an OpenAI-compatible API, to this machine only unless --host says otherwise. Of a folder of several models, runs, adapters and classifiers each is offered by its name.",
          zh: "提供对话网页与 OpenAI 兼容的 API；除非指定 --host，仅供本机访问。若给出文件夹，则其中的各个模型、训练运行、适配器与分类器分别以其名称提供。",
        }),
      )
      .argument(
        "[models...]",
        say({
          en: "catalogue names, hub names, .gguf files, folders, or a folder of several; the first chat model is the main one",
          zh: "内置模型名、hub 名、.gguf 文件、文件夹，或含多个模型的文件夹；第一个对话模型为主模型",
        }),
      )
      .addOption(
        numberOption(
          "--port <n>",
          say({ en: "0 takes any free one", zh: "0 表示任意空闲端口" }),
          { least: 0, most: 65_535, whole: true },
          "INKSTONE_PORT",
        ).default(defaultPort),
      )
      .addOption(new Option("--host <h>", say({ en: "address to listen on", zh: "监听地址" })).env("INKSTONE_HOST").default("127.0.0.1"))
      .addOption(
        new Option("-m, --model <m>", say({ en: "the main model, as one named without it", zh: "主模型，与直接给出相同" }))
          .env("INKSTONE_MODEL")
          .default("smollm2:135m"),
      )
      .option("--runs <folder>", say({ en: "trainings that the page shows and begins", zh: "网页显示与开始的训练所在文件夹" }), "runs")
      .addOption(
        repeated(
          "--training-data <dir>",
          say({ en: "a folder whose texts trainings may name; may be repeated", zh: "训练可引用其中文本的文件夹，可重复" }),
        ),
      )
      .addOption(
        new Option("--log <level>", say({ en: "what is written to standard error, never a text", zh: "写入标准错误的日志，不含文本内容" }))
          .choices(["silent", "error", "info"])
          .env("INKSTONE_LOG")
          .default("error"),
      )
      .addOption(parallelOption(say))
      .addOption(threadsOption(say))
      .addOption(precisionOption(say))
      .addOption(contextOption(say))
      .addOption(
        numberOption(
          "--grace <s>",
          say({ en: "seconds that running answers get at the end", zh: "停止时留给进行中回答的秒数" }),
          { least: 0, most: 3600 },
          "INKSTONE_GRACE",
        ).default(30),
      )
      .action(async (models: readonly string[], flags: ServeFlags) => {
        await tryAddress(flags); // before anything is looked into or fetched for an address that cannot be had
        await serve(await planOf(models, flags, { isModelGiven: command.getOptionValueSource("model") === "cli" }, around), around);
      });
  },
};

const alsoOptions = (say: Say): Option[] => [
  repeated(
    "--classifier <path>",
    say({
      en: "also serve what `classify train` or `finetune --task classify` wrote; may be repeated",
      zh: "同时提供 `classify train` 或 `finetune --task classify` 写出的分类器，可重复",
    }),
  ),
  repeated(
    "--adapter <name=dir>",
    say({ en: "an adapter of the model that requests may name; may be repeated", zh: "请求可指定的模型适配器，可重复" }),
  ),
  repeated("--also <m>", say({ en: "another model, opened when it is wanted; may be repeated", zh: "另一个模型，按需打开，可重复" })),
  repeated(
    "--upstream <model=url>",
    say({ en: "a model of another OpenAI-compatible server; may be repeated", zh: "其他 OpenAI 兼容服务器的模型，可重复" }),
  ),
  repeated(
    "--support <project>",
    say({ en: "also serve what `support train` trained; may be repeated", zh: "同时提供 `support train` 训练的客服项目，可重复" }),
  ),
];

const accessOptions = (say: Say): Option[] => [
  repeated(
    "--allow-host <name>",
    say({ en: "a name by which it may be called (of a proxy, a container); may be repeated", zh: "允许的主机名（代理、容器等），可重复" }),
  ),
  numberOption(
    "--queue <n>",
    say({ en: "requests that may wait for a model; others are told to come again", zh: "可排队等待一个模型的请求数，其余请求会被告知稍后重试" }),
    { least: 0, most: 10_000, whole: true },
    "INKSTONE_QUEUE",
  ).default(64),
  numberOption(
    "--per-key <n>",
    say({ en: "requests of one key that are answered or wait, for a model", zh: "单个密钥对一个模型同时进行与排队的请求数" }),
    { least: 1, most: 10_000, whole: true },
    "INKSTONE_PER_KEY",
  ).default(48),
  repeated(
    "--allow-origin <origin>",
    say({
      en: "pages that may call it from a browser, such as http://localhost:3000; may be repeated",
      zh: "允许从浏览器调用的页面来源，如 http://localhost:3000，可重复",
    }),
  ),
];

const parallelOption = (say: Say) =>
  numberOption(
    "--parallel <n>",
    say({ en: "answers of a model at once", zh: "每个模型同时生成的回答数" }),
    { least: 1, most: 64, whole: true },
    "INKSTONE_PARALLEL",
  ).default(usualParallel());

const repeated = (flags: string, description: string) => new Option(flags, description).argParser(several).default([], "");
const several = (value: string, before: readonly string[]) => [...before, value];

async function serve(flags: Plan, around: Surroundings): Promise<void> {
  const server = import("../../../server/index.ts"); // its code loads while the model does
  server.catch(() => undefined);
  const [{ reference, adapters }] = flags.chats;
  const model = await openModel(reference, { ...engineOf(flags), adapters }, around);
  try {
    await answerUntilStopped(await server, model, flags, around);
  } finally {
    await model.close();
  }
}

// All of them go together in one step of the model, so that more of them than cores gain.
function usualParallel(): number {
  return Math.min(32, Math.max(4, 4 * availableParallelism()));
}

async function answerUntilStopped(
  room: typeof import("../../../server/index.ts"),
  model: TokenizingGenerator,
  flags: Plan,
  around: Surroundings,
): Promise<void> {
  const { host, port, grace, classifier: classifiers, allowHost: allowedHosts, allowOrigin: allowedOrigins, log } = flags;
  await using store = await storeFor(host, around);
  const support = await supportOf(flags.support, store);
  const server = await room.createServer({
    served: [...(await servedChats(flags, model)), room.policyModeration(), ...(await servedEncoders(flags)), ...(await servedWriters(flags))],
    host,
    port,
    graceMs: grace * 1000,
    limits: { concurrent: flags.parallel, waiting: flags.queue, ofOneKey: flags.perKey },
    classifiers,
    allowedHosts,
    allowedOrigins,
    store,
    support,
    runs: flags.runs,
    trainingData: flags.trainingData,
    pulled: await pulledBy(flags),
    tuning: { folder: join(dataFolder(), "tuned") },
    log: { level: log },
  });
  const address = await server.listen().catch((error: unknown) => {
    throw busy(error, flags);
  });
  around.output.write(banner(address, flags, model.information, around));
  const code = await untilStopped(server, around);
  await Promise.all(Object.values(support).map((service) => service.close()));
  throw new Quit(code);
}

// On this machine alone the server also works without a store: it says so, and what needs one is refused by name.
async function storeFor(host: string, { errors, language }: Surroundings): Promise<Store | undefined> {
  const { openStore } = await import("../../../store/index.ts");
  return openStore().catch((error: unknown) => {
    if (!isLocal(host) || !(error instanceof InkstoneError)) throw error;
    errors.write(`${error.describe(language).message}\n`);
    return undefined;
  });
}

async function supportOf(folders: readonly string[], store: Store | undefined): Promise<Record<string, SupportService>> {
  if (folders.length === 0) return {};
  if (store === undefined) throw new InkstoneError("E_DATABASE_NEEDED", { what: { en: "customer service", zh: "智能客服" } });
  const { SupportService } = await import("../../../apps/index.ts");
  return Object.fromEntries(
    await Promise.all(
      folders.map(async (folder) => {
        const service = await SupportService.open(folder, store);
        await service.warm(); // no customer waits for a model
        return [basename(folder), service] as const;
      }),
    ),
  );
}

async function tryAddress(flags: ServeFlags): Promise<void> {
  const trial = createListener();
  await new Promise<void>((done, fail) => trial.once("error", fail).listen(flags.port, flags.host, done)).catch((error: unknown) => {
    throw busy(error, flags);
  });
  await new Promise((done) => trial.close(done));
}

function busy(error: unknown, { host, port }: ServeFlags): unknown {
  const reasons: Readonly<Record<string, { en: string; zh: string }>> = {
    EADDRINUSE: { en: "another program holds it", zh: "已被其他程序占用" },
    EACCES: { en: "permission denied", zh: "没有权限" },
    EADDRNOTAVAIL: { en: "this machine has no such address", zh: "本机没有此地址" },
    ENOTFOUND: { en: "this name is unknown", zh: "名称未知" },
    EAI_AGAIN: { en: "this name cannot be resolved", zh: "名称无法解析" },
  };
  const why = reasons[(error as NodeJS.ErrnoException).code ?? ""];
  return why === undefined ? error : new InkstoneError("E_ADDRESS", { address: `${host}:${port}`, why }, { cause: error });
}

const isLocal = (host: string) => /^(127\.|localhost$|::1$)/.test(host);

function banner(
  address: string,
  { host, chats: [{ name, adapters }, ...others], classifier, support, embeddings, rerank, transcribe, translate }: Plan,
  { parameters, precision, threads, executor, tier }: ModelInformation,
  { say }: Surroundings,
): string {
  const kernels =
    executor === "native" ? say({ en: `native kernels, ${tier}`, zh: `原生内核，${tier}` }) : say({ en: "reference kernels", zh: "参考内核" });
  const lines = [
    `${say({ en: "Page ", zh: "网页 " })}  ${address}/`,
    `API    ${address}/v1`,
    `${say({ en: "Model", zh: "模型 " })}  ${name} · ${(parameters / 1e6).toFixed(parameters < 1e7 ? 2 : 0)} M · ${precision} · ${threads} ${say({ en: threads === 1 ? "thread" : "threads", zh: "线程" })} · ${kernels}`,
  ];
  const also = [
    Object.keys(adapters),
    others.flatMap((one) => [one.name, ...Object.keys(one.adapters)]),
    [...classifier, ...support, ...embeddings, ...rerank, ...transcribe, ...translate].map(calledBy),
  ].flat();
  if (also.length > 0) lines.push(`${say({ en: "Also ", zh: "另有 " })}  ${also.join(", ")}`);
  if (!isLocal(host))
    lines.push(
      say({
        en: "It can be reached from other machines; every request needs a key (`inkstone keys list`). Keys travel in the clear: put TLS before it.",
        zh: "其他机器可以访问本服务；每个请求都需要密钥（`inkstone keys list`）。密钥以明文传输：请在其前配置 TLS。",
      }),
    );
  return `${lines.join("\n")}\n`;
}

// Ctrl-C and SIGTERM let running answers finish; a second one, or the end of the grace, cuts them. All answers finished: 0 after SIGTERM; otherwise the signal's own code.
function untilStopped(server: RunningServer, { signals }: Surroundings): Promise<number> {
  return new Promise((done, fail) => {
    signals.handle((name, count) => {
      server.stop({ now: count > 1 }).then((clean) => done(clean && name === "SIGTERM" ? 0 : exitOf[name]), fail);
    });
  });
}

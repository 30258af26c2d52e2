// inkstone serve: the page and the API, until it is told to stop.
import { createServer as createListener } from "node:net";
import { availableParallelism } from "node:os";
import { basename, join } from "node:path";
import { Option } from "commander";
import type { SupportService } from "../../../apps/index.ts";
import { dataFolder, InkstoneError } from "../../../core/index.ts";
import type { LoadOptions, ModelInformation, TokenizingGenerator } from "../../../generate/index.ts";
import type { LogLevel, RunningServer, ServedEntry } from "../../../server/index.ts";
import type { Store } from "../../../store/index.ts";
import { openModel } from "../../model.ts";
import { type EngineFlags, numberOption, precisionOption, type Say, threadsOption } from "../../options.ts";
import { Quit } from "../../report.ts";
import { encoderOptions, servedEncoders } from "../../serving/served-encoders.ts";
import { servedWriters, writerOptions } from "../../serving/served-writers.ts";
import { exitOf } from "../../signals.ts";
import type { Surroundings } from "../../terminal.ts";
import type { Verb } from "../verb.ts";

/** Where the server listens when nothing is said: next to 11434, where other local model servers are. */
export const defaultPort = 11435;

interface Flags extends EngineFlags {
  readonly port: number;
  readonly host: string;
  readonly model: string;
  readonly grace: number;
  readonly parallel: number;
  readonly classifier: readonly string[];
  readonly also: readonly string[];
  readonly adapter: readonly string[];
  readonly upstream: readonly string[];
  readonly support: readonly string[];
  readonly embeddings: readonly string[];
  readonly rerank: readonly string[];
  readonly transcribe: readonly string[];
  readonly translate: readonly string[];
  readonly runs: string;
  readonly trainingData: readonly string[];
  readonly allowHost: readonly string[];
  readonly allowOrigin: readonly string[];
  readonly log: LogLevel;
}

/** The verb `serve`. Errors: E_ADDRESS, and those of `LanguageModel.open`. */
export const verb: Verb = {
  name: "serve",
  define(command, say, around) {
    for (const option of [...encoderOptions(say), ...writerOptions(say), ...accessOptions(say)]) command.addOption(option);
    command
      .summary(say({ en: "serve the page and the API", zh: "启动网页与 API 服务" }))
      .description(
        say({
          en: "Serves a chat page and an OpenAI-compatible API, to this machine only unless --host says otherwise.",
          zh: "提供对话网页与 OpenAI 兼容的 API；除非指定 --host，仅供本机访问。",
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
        new Option("--model <m>", say({ en: "a catalogue name, a hub name, a .gguf file or a folder", zh: "内置模型名、hub 名、.gguf 文件或文件夹" }))
          .env("INKSTONE_MODEL")
          .default("smollm2:135m"),
      )
      .addOption(
        repeated(
          "--classifier <path>",
          say({
            en: "also serve what `classify train` or `finetune --task classify` wrote; may be repeated",
            zh: "同时提供 `classify train` 或 `finetune --task classify` 写出的分类器，可重复",
          }),
        ),
      )
      .addOption(
        repeated(
          "--adapter <name=dir>",
          say({ en: "an adapter of the model that requests may name; may be repeated", zh: "请求可指定的模型适配器，可重复" }),
        ),
      )
      .addOption(repeated("--also <m>", say({ en: "another model, opened when it is wanted; may be repeated", zh: "另一个模型，按需打开，可重复" })))
      .addOption(
        repeated(
          "--upstream <model=url>",
          say({ en: "a model of another OpenAI-compatible server; may be repeated", zh: "其他 OpenAI 兼容服务器的模型，可重复" }),
        ),
      )
      .addOption(
        repeated(
          "--support <project>",
          say({ en: "also serve what `support train` trained; may be repeated", zh: "同时提供 `support train` 训练的客服项目，可重复" }),
        ),
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
      .addOption(
        numberOption(
          "--grace <s>",
          say({ en: "seconds that running answers get at the end", zh: "停止时留给进行中回答的秒数" }),
          { least: 0, most: 3600 },
          "INKSTONE_GRACE",
        ).default(30),
      )
      .action((flags: Flags) => serve(flags, around));
  },
};

const accessOptions = (say: Say): Option[] => [
  repeated(
    "--allow-host <name>",
    say({ en: "a name by which it may be called (of a proxy, a container); may be repeated", zh: "允许的主机名（代理、容器等），可重复" }),
  ),
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

function adaptersOf(given: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    given.map((one) => {
      const at = one.indexOf("=");
      if (at <= 0)
        throw new InkstoneError("E_USAGE", {
          why: { en: `--adapter takes NAME=DIR, not "${one}".`, zh: `--adapter 的形式为 名称=文件夹，不是“${one}”。` },
        });
      return [one.slice(0, at), one.slice(at + 1)];
    }),
  );
}

async function serve(flags: Flags, around: Surroundings): Promise<void> {
  await tryAddress(flags); // before a model is fetched for an address that cannot be had
  const server = import("../../../server/index.ts"); // its code loads while the model does
  server.catch(() => undefined);
  const model = await openModel(flags.model, { ...engineOf(flags), adapters: adaptersOf(flags.adapter) }, around);
  try {
    await answerUntilStopped(await server, model, flags, around);
  } finally {
    await model.close();
  }
}

// Engines are processes of their own: what happens to one of them happens to nothing else.
const engineOf = ({ precision, threads, parallel }: Flags): LoadOptions => ({ precision, threads, slots: parallel, engine: "process" });

// All of them go together in one step of the model, so that more of them than cores gain.
function usualParallel(): number {
  return Math.min(32, Math.max(4, 4 * availableParallelism()));
}

async function answerUntilStopped(
  room: typeof import("../../../server/index.ts"),
  model: TokenizingGenerator,
  flags: Flags,
  around: Surroundings,
): Promise<void> {
  const { host, port, grace, classifier: classifiers, allowHost: allowedHosts, allowOrigin: allowedOrigins, log } = flags;
  await using store = await storeFor(host, around);
  const support = await supportOf(flags.support, store);
  const server = await room.createServer({
    served: [...(await servedBy(flags, model)), room.policyModeration(), ...(await servedEncoders(flags)), ...(await servedWriters(flags))],
    host,
    port,
    graceMs: grace * 1000,
    limits: { concurrent: flags.parallel },
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
  around.output.write(banner(address, flags.host, model.information, around));
  const code = await untilStopped(server, around);
  await Promise.all(Object.values(support).map((service) => service.close()));
  throw new Quit(code);
}

// The model of --model is open and stays so; those of --also are opened when they are wanted.
async function servedBy(flags: Flags, opened: TokenizingGenerator): Promise<ServedEntry<"chat">[]> {
  const { LanguageModel, UpstreamModel } = await import("../../../generate/index.ts");
  const given = adaptersOf(flags.adapter);
  const open = (reference: string) => () => LanguageModel.open(reference, engineOf(flags));
  const tune = (reference: string, own: Readonly<Record<string, string>> = {}) => ({
    reference,
    adapters: own,
    open: (adapters: Readonly<Record<string, string>>) => LanguageModel.open(reference, { ...engineOf(flags), adapters }),
  });
  const main = {
    kind: "chat",
    name: opened.information.name,
    open: open(flags.model),
    opened,
    keepAliveMs: Number.POSITIVE_INFINITY,
    tune: tune(flags.model, given),
  } as const;
  const others = flags.also.map((reference) => ({ kind: "chat", name: nameOf(reference), open: open(reference), tune: tune(reference) }) as const);
  const upstreams = flags.upstream.map((given) => {
    const [model, url] = splitAt(given);
    const create = () => new UpstreamModel({ url, model, apiKey: process.env.INKSTONE_UPSTREAM_KEY });
    return { kind: "chat", name: `upstream:${model}`, open: async () => create() } as const;
  });
  return [main, ...others, ...upstreams];
}

// What is pulled over HTTP is served as if it had been named.
async function pulledBy(flags: Flags): Promise<(reference: string) => ServedEntry | undefined> {
  const [{ EmbeddingModel, LanguageModel, Reranker }, { catalogue }] = await Promise.all([
    import("../../../generate/index.ts"),
    import("../../../hub/index.ts"),
  ]);
  const { precision, threads } = flags;
  const options = { ...(precision === undefined ? {} : { precision }), ...(threads === undefined ? {} : { threads }) };
  return (name) => {
    const entry = catalogue.find((one) => one.name === name);
    const use = entry?.use ?? entry?.encoder?.use;
    if (use === "words") return undefined;
    if (use === "embed") return { kind: "embeddings", name, open: () => EmbeddingModel.open(name, options) } as unknown as ServedEntry;
    if (use === "rerank") return { kind: "rerank", name, open: () => Reranker.open(name, options) } as unknown as ServedEntry;
    const tuned = (adapters: Readonly<Record<string, string>>) => LanguageModel.open(name, { ...engineOf(flags), adapters });
    return { kind: "chat", name, open: () => tuned({}), tune: { reference: name, open: tuned } } as unknown as ServedEntry;
  };
}

const nameOf = (reference: string) => (/\.gguf$/i.test(reference) ? basename(reference).replace(/\.gguf$/i, "") : reference);

function splitAt(given: string): [model: string, url: string] {
  const at = given.indexOf("=");
  if (at > 0) return [given.slice(0, at), given.slice(at + 1)];
  throw new InkstoneError("E_USAGE", { why: { en: `--upstream ${given}: it is MODEL=ADDRESS.`, zh: `--upstream ${given}：格式为 模型=地址。` } });
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

async function tryAddress(flags: Flags): Promise<void> {
  const trial = createListener();
  await new Promise<void>((done, fail) => trial.once("error", fail).listen(flags.port, flags.host, done)).catch((error: unknown) => {
    throw busy(error, flags);
  });
  await new Promise((done) => trial.close(done));
}

function busy(error: unknown, { host, port }: Flags): unknown {
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
  host: string,
  { name, parameters, precision, threads, executor, tier }: ModelInformation,
  { say }: Surroundings,
): string {
  const kernels =
    executor === "native" ? say({ en: `native kernels, ${tier}`, zh: `原生内核，${tier}` }) : say({ en: "reference kernels", zh: "参考内核" });
  const lines = [
    `${say({ en: "Page ", zh: "网页 " })}  ${address}/`,
    `API    ${address}/v1`,
    `${say({ en: "Model", zh: "模型 " })}  ${name} · ${(parameters / 1e6).toFixed(0)} M · ${precision} · ${threads} ${say({ en: threads === 1 ? "thread" : "threads", zh: "线程" })} · ${kernels}`,
  ];
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

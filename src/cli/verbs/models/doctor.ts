// inkstone doctor: what this machine has and does, and what would make it better.
import { statfs } from "node:fs/promises";
import { arch, availableParallelism, cpus, freemem, platform, totalmem } from "node:os";
import { dirname } from "node:path";
import { counted, dataFolder } from "../../../core/index.ts";
import { listModels, storePath } from "../../../hub/index.ts";
import { nativeStatus, openExecutor, type Probe, probeExecutor, slowLine } from "../../../native/index.ts";
import { jsonOption, type Say } from "../../options.ts";
import { sizeOf } from "../../table.ts";
import type { Verb } from "../verb.ts";

/** What was found. */
interface Findings {
  readonly node: string;
  readonly platform: string;
  readonly cpu: { readonly model: string; readonly threads: number; readonly tier: string; readonly tiers: readonly string[] };
  readonly memory: { readonly total: number; readonly available: number };
  readonly executor: "native" | "reference";
  readonly native: { readonly available: boolean; readonly reason?: string };
  readonly probe: Probe;
  readonly store: { readonly path: string; readonly models: number; readonly bytes: number; readonly free: number };
  readonly data: { readonly path: string; readonly free: number };
  readonly advice: readonly string[];
}

/** The verb `doctor`. Errors: E_ENVIRONMENT, E_NATIVE_MISMATCH, E_TIER. */
export const verb: Verb = {
  name: "doctor",
  define(command, say, { output, signals }) {
    command
      .summary(say({ en: "look at this machine", zh: "检查本机状况" }))
      .description(
        say({
          en: "Processor, instruction tier, memory bandwidth and peaks (tried for half a second), native or reference kernels, the store and free disk, and advice.",
          zh: "处理器、指令集级别、内存带宽与峰值（实测约半秒）、原生或参考内核、本地存储与剩余磁盘，以及建议。",
        }),
      )
      .addOption(jsonOption(say))
      .action(async ({ json }: { json?: boolean }) => {
        const found = await look(say, signals.signal);
        output.write(json ? `${JSON.stringify(found)}\n` : written(found, say));
      });
  },
};

async function look(say: Say, signal: AbortSignal): Promise<Findings> {
  const executor = openExecutor();
  const native = nativeStatus();
  const probe = await probeExecutor(executor, { signal });
  const models = await listModels();
  const store = {
    path: storePath(),
    models: models.length,
    bytes: models.reduce((sum, { bytes }) => sum + bytes, 0),
    free: await freeAt(storePath()),
  };
  const facts = {
    node: process.version,
    platform: `${platform()}-${arch()}`,
    cpu: { model: cpus()[0]?.model ?? "?", threads: executor.name === "native" ? executor.threads : 1, tier: executor.tier, tiers: executor.tiers },
    memory: { total: totalmem(), available: process.availableMemory?.() ?? freemem() },
    executor: executor.name,
    native,
    probe,
    store,
    data: { path: dataFolder(), free: await freeAt(dataFolder()) },
  };
  return { ...facts, advice: adviceOn(facts, say) };
}

// Of the folder, or of the nearest above it that exists.
async function freeAt(path: string): Promise<number> {
  for (let at = path; ; at = dirname(at)) {
    const found = await statfs(at).catch(() => undefined);
    if (found !== undefined) return found.bavail * found.bsize;
    if (dirname(at) === at) return 0;
  }
}

function adviceOn({ native, executor, cpu, memory, store, probe }: Omit<Findings, "advice">, say: Say): string[] {
  const advice: string[] = [];
  if (!native.available || executor === "reference") {
    const line = (language: "en" | "zh") => slowLine(language, nativeStatus(language).reason ?? "-");
    advice.push(say({ en: line("en"), zh: line("zh") }));
  }
  const best = cpu.tiers[cpu.tiers.length - 1];
  if (cpu.tier !== best)
    advice.push(
      say({
        en: `INKSTONE_TIER holds it at ${cpu.tier}; this processor has ${best}.`,
        zh: `INKSTONE_TIER 将其限制在 ${cpu.tier}；本处理器支持 ${best}。`,
      }),
    );
  if (executor === "native" && cpu.threads < Math.min(16, availableParallelism()))
    advice.push(
      say({
        en: `INKSTONE_THREADS holds it at ${cpu.threads} of ${availableParallelism()} threads.`,
        zh: `INKSTONE_THREADS 将线程数限制为 ${cpu.threads}（共 ${availableParallelism()}）。`,
      }),
    );
  if (store.free < 2e9)
    advice.push(
      say({
        en: `The store's disk has ${sizeOf(store.free)} free: larger models will not fit.`,
        zh: `存储所在磁盘仅剩 ${sizeOf(store.free)}：较大的模型放不下。`,
      }),
    );
  if (memory.available < 1e9)
    advice.push(
      say({
        en: `${sizeOf(memory.available)} of memory are available: close something, or take a smaller model.`,
        zh: `可用内存仅 ${sizeOf(memory.available)}：请关闭其他程序或选用更小的模型。`,
      }),
    );
  if (store.models === 0)
    advice.push(
      say({
        en: "No model is here yet: `inkstone pull smollm2:135m` (98 MB).",
        zh: "尚无模型：可用 `inkstone pull qwen2.5:0.5b`（约 0.5 GB，中文）。",
      }),
    );
  const rate = (bytes: number) => Math.floor((probe.bandwidth * 1e9) / bytes);
  advice.push(
    say({
      en: `At this bandwidth a model of 100 MB writes at most ${rate(1e8)} tokens a second, one of 1 GB ${rate(1e9)}.`,
      zh: `按此带宽，100 MB 的模型每秒最多约 ${rate(1e8)} 个词元，1 GB 的约 ${rate(1e9)} 个。`,
    }),
  );
  return advice;
}

function written(found: Findings, say: Say): string {
  const { cpu, memory, native, probe, store, data } = found;
  const free = (bytes: number) => say({ en: `${sizeOf(bytes)} free`, zh: `剩余 ${sizeOf(bytes)}` });
  const rows: readonly (readonly [string, string])[] = [
    ["Node", `${found.node}, ${found.platform}`],
    [say({ en: "processor", zh: "处理器" }), say({ en: `${cpu.model}, ${counted(cpu.threads, "thread")}`, zh: `${cpu.model}，${cpu.threads} 线程` })],
    [say({ en: "tier", zh: "指令集级别" }), `${cpu.tier} (${cpu.tiers.join(", ")})`],
    [
      say({ en: "kernels", zh: "内核" }),
      found.executor === "native"
        ? say({ en: "native", zh: "原生" })
        : say({ en: `reference: ${native.reason ?? "?"}`, zh: `参考内核：${native.reason ?? "?"}` }),
    ],
    [
      say({ en: "memory", zh: "内存" }),
      say({ en: `${sizeOf(memory.total)}, ${sizeOf(memory.available)} available`, zh: `${sizeOf(memory.total)}，可用 ${sizeOf(memory.available)}` }),
    ],
    [say({ en: "reading weights", zh: "权重读取" }), `${probe.bandwidth.toFixed(1)} GB/s`],
    [
      say({ en: "products", zh: "运算峰值" }),
      `f32 ${probe.f32.toPrecision(3)}, bf16 ${probe.bf16.toPrecision(3)}, int8 ${probe.int8.toPrecision(3)} Gop/s`,
    ],
    [
      say({ en: "store", zh: "模型存储" }),
      `${store.path}: ${say({ en: counted(store.models, "model"), zh: `${store.models} 个模型` })}, ${sizeOf(store.bytes)}, ${free(store.free)}`,
    ],
    [say({ en: "data", zh: "数据" }), `${data.path}: ${free(data.free)}`],
  ];
  const advice = found.advice.map((line) => `- ${line}\n`).join("");
  return `${rows.map(([label, value]) => `${label}: ${value}\n`).join("")}\n${advice}`;
}

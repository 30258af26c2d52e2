// Options and verbs that other programs call so: what stands for them here. Knows no verb of ours.
import type { Words } from "./language.ts";

const processor: Words = { en: "models run on the processor here, whole; leave it out", zh: "模型在此完全由处理器运行，请去掉此选项" };
const always: Words = { en: "it is always so here; leave it out", zh: "此处始终如此，请去掉此选项" };
const is = (en: string, zh = en): Words => ({ en: `here it is ${en}`, zh: `此处为 ${zh}` });
const keys: Words = {
  en: "keys are made by `inkstone keys add NAME` and asked for off this machine; one on the command line is seen by every user of it",
  zh: "密钥由 `inkstone keys add 名称` 创建，对本机以外的访问生效；写在命令行中的密钥会被本机所有用户看到",
};
const named: Words = { en: "a model is called by its file or folder; rename that", zh: "模型以其文件或文件夹的名称命名，请改文件名" };
const embeddings = is("`--embeddings MODEL`, beside the chat model");

/** By the option or verb as it is typed. */
const foreign: Readonly<Record<string, Words>> = {
  "--api-key": keys,
  "--api-key-file": keys,
  "-ngl": processor,
  "--n-gpu-layers": processor,
  "--gpu-layers": processor,
  "--tensor-parallel-size": processor,
  "--gpu-memory-utilization": processor,
  "--device": processor,
  "-fa": always,
  "--flash-attn": always,
  "--jinja": always,
  "--mlock": always,
  "--cont-batching": always,
  "-cb": always,
  "--ctx-size": is("--context"),
  "--num-ctx": is("--context"),
  "--num_ctx": is("--context"),
  "--max-model-len": is("--context"),
  "-np": is("--parallel"),
  "--n-parallel": is("--parallel"),
  "--max-num-seqs": is("--parallel"),
  "-t": is("--threads"),
  "--n-threads": is("--threads"),
  "--num-thread": is("--threads"),
  "-hf": is("the name itself: `inkstone serve OWNER/NAME`"),
  "--hf-repo": is("the name itself: `inkstone serve OWNER/NAME`"),
  "--embedding": embeddings,
  "--reranking": is("`--rerank MODEL`, beside the chat model"),
  "--lora": is("--adapter NAME=DIR"),
  "--enable-lora": is("--adapter NAME=DIR"),
  "--lora-modules": is("--adapter NAME=DIR"),
  "--alias": named,
  "-a": named,
  "--served-model-name": named,
  "--temp": is("--temperature"),
  "-n": is("--max-tokens"),
  "--n-predict": is("--max-tokens"),
  "--num-predict": is("--max-tokens"),
  "--log-disable": is("--log silent"),
  "--dtype": is("--precision exact, bf16 or fast"),
  "-o": is("--output"),
  "-m": is("the first argument: `inkstone run MODEL`", "第一个参数：`inkstone run 模型`"),
  ls: is("list"),
  chat: is("`run MODEL`", "`run 模型`"),
  ask: is('`run MODEL "…"`', '`run 模型 "…"`'),
  prompt: is('`run MODEL "…"`', '`run 模型 "…"`'),
  generate: is('`run MODEL "…"`, or `POST /v1/completions` of `serve`', '`run 模型 "…"`，或 `serve` 的 `POST /v1/completions`'),
  complete: is('`run MODEL "…"`, or `POST /v1/completions` of `serve`', '`run 模型 "…"`，或 `serve` 的 `POST /v1/completions`'),
  download: is("pull"),
  install: is("pull"),
  remove: is("rm"),
  delete: is("rm"),
  search: is("`list` for what is here; `kb search` looks through documents", "`list`（列出本地模型）；`kb search` 用于检索文档"),
  cp: is("a copy of the file or folder; both are named by their paths", "复制文件或文件夹，以路径指定即可"),
  create: is(
    "`init` and `train` for a new model, `finetune` or `merge` for one that is there",
    "`init` 与 `train`（新模型），`finetune` 或 `merge`（已有模型）",
  ),
  push: is("`export`, which writes a folder or a GGUF file to hand on", "`export`，写出可供分发的文件夹或 GGUF 文件"),
  server: is("serve"),
  start: is("serve"),
  api: is("serve"),
  eval: is("evaluate"),
  test: is("evaluate"),
  bench: is("evaluate for how good, `run --verbose` for how fast", "evaluate（测质量），`run --verbose`（测速度）"),
  benchmark: is("evaluate for how good, `run --verbose` for how fast", "evaluate（测质量），`run --verbose`（测速度）"),
  predict: is("`classify MODEL`", "`classify 模型`"),
  fit: is("`classify train`, `train` or `finetune`", "`classify train`、`train` 或 `finetune`"),
  "fine-tune": is("finetune"),
  convert: is("export for formats, quantize for fewer bits", "export（转换格式），quantize（降低位数）"),
  embeddings: is("embed"),
  encode: is("tokenize for tokens, embed for vectors", "tokenize（词元），embed（向量）"),
  transcript: is("transcribe"),
  whisper: is("transcribe"),
  summarize: is("`run MODEL` with the text on standard input", "`run 模型`，文本由标准输入给出"),
  anonymize: is("`pii --action mask`, or `medical` for clinical notes", "`pii --action mask`，病历用 `medical`"),
  redact: is("`pii --action mask`, or `medical` for clinical notes", "`pii --action mask`，病历用 `medical`"),
  rag: is("kb"),
  version: is("--version"),
  help: is("--help"),
};

/**
 * What an unknown option or verb is called here; undefined: nobody is known to call anything so.
 *
 * @example
 * foreignWords("--ctx-size")?.en; // "here it is --context"
 */
export const foreignWords = (typed: string): Words | undefined => (Object.hasOwn(foreign, typed) ? foreign[typed] : undefined);

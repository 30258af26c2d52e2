// Options that other programs call so: what stands for them here. Knows no verb.
import type { Words } from "./language.ts";

const processor: Words = { en: "models run on the processor here, whole; leave it out", zh: "模型在此完全由处理器运行，请去掉此选项" };
const always: Words = { en: "it is always so here; leave it out", zh: "此处始终如此，请去掉此选项" };
const is = (option: string): Words => ({ en: `here it is ${option}`, zh: `此处为 ${option}` });
const keys: Words = {
  en: "keys are made by `inkstone keys add NAME` and asked for off this machine; one on the command line is seen by every user of it",
  zh: "密钥由 `inkstone keys add 名称` 创建，对本机以外的访问生效；写在命令行中的密钥会被本机所有用户看到",
};
const named: Words = { en: "a model is called by its file or folder; rename that", zh: "模型以其文件或文件夹的名称命名，请改文件名" };
const embeddings = is("`--embeddings MODEL`, beside the chat model");

/** By the option as it is typed. */
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
};

/**
 * What an unknown option is called here; undefined: nobody is known to call anything so.
 *
 * @example
 * foreignWords("--ctx-size")?.en; // "here it is --context"
 */
export const foreignWords = (option: string): Words | undefined => (Object.hasOwn(foreign, option) ? foreign[option] : undefined);

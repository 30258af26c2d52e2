// What fields of other servers' bodies are called here, where they are refused. Knows no routes.
import type { Phrase } from "../../core/index.ts";

/** What to say of a field that is not known here, from those that are; undefined: nothing is known of it. */
type Remedy = (allowed: readonly string[]) => Phrase | undefined;

const here =
  (...names: readonly string[]): Remedy =>
  (allowed) => {
    const name = names.find((one) => allowed.includes(one));
    return name === undefined ? undefined : { en: `Here it is "${name}".`, zh: `这里叫“${name}”。` };
  };
const said =
  (en: string, zh: string): Remedy =>
  () => ({ en, zh });

/** By the name of the field. */
export const foreignFields: ReadonlyMap<string, Remedy> = new Map<string, Remedy>([
  ...["n_predict", "num_predict", "max_new_tokens", "max_length", "max_output_tokens", "max_completion_tokens"].map((name): [string, Remedy] => [
    name,
    here("max_tokens", "max_output_tokens"),
  ]),
  ["max_tokens", here("max_output_tokens")],
  ["prompt", (allowed) => here("messages", "input")(allowed) ?? undefined],
  ["messages", here("input", "prompt")],
  [
    "system",
    (allowed) =>
      allowed.includes("messages")
        ? { en: 'Here it is the first message, of role "system".', zh: "这里用第一条 role 为 system 的消息。" }
        : here("instructions")(allowed),
  ],
  ["text", here("input", "prompt", "content")],
  ["texts", here("documents", "input")],
  ["passages", here("documents")],
  ["input", here("prompt", "text")],
  ["stop_sequences", here("stop")],
  ["max_tokens_to_sample", here("max_tokens")],
  ["format", here("response_format")],
  ...["num_ctx", "n_ctx", "max_context_length"].map((name): [string, Remedy] => [
    name,
    said("The context is chosen when the server is started: inkstone serve --context N.", "上下文长度在启动服务时决定：inkstone serve --context N。"),
  ]),
  [
    "extra_body",
    said(
      "Its fields stand beside the others in what is sent; OpenAI's client for Python puts them there by itself.",
      "其中的字段应与其他字段并列；OpenAI 的 Python 客户端会自动这样发送。",
    ),
  ],
  [
    "options",
    said(
      "Its fields stand beside the others here; /api/chat and /api/generate take options.",
      "其中的字段在这里与其他字段并列；/api/chat 与 /api/generate 才接受 options。",
    ),
  ],
  ["keep_alive", said("/api/chat, /api/generate and /api/embed take it.", "仅 /api/chat、/api/generate 与 /api/embed 接受它。")],
  [
    "think",
    (allowed) => here("enable_thinking")(allowed) ?? { en: "/api/chat and /api/generate take it.", zh: "仅 /api/chat 与 /api/generate 接受它。" },
  ],
  ["thinking", here("enable_thinking", "think", "reasoning")],
]);

// Errors of the engine and of generation.
import { type Catalogue, hint, type Phrase } from "./entry.ts";

/** Codes and their parameters. */
export interface GenerateErrors {
  E_OPTION: { option: string; value: unknown; allowed: Phrase };
  E_OPTION_UNKNOWN: { of: string; option: string; nearest?: string; remedy: Phrase };
  E_MESSAGES: { param: string; why: Phrase };
  E_CONTEXT: { prompt: number; maxTokens: number; context: number };
  E_EMPTY_PROMPT: { what: Phrase };
  E_BUSY: { waiting: number };
  E_TEXT_SHORT: { tokens: number; needed: number };
  E_ENGINE_DIED: { why: Phrase };
  E_ENGINE_CLOSED: { what: string };
  E_LOGITS: { position: number };
  E_UPSTREAM: { upstream: string; status: number; why: Phrase };
  E_UPSTREAM_REACH: { upstream: string; why: Phrase };
  E_UPSTREAM_BUDGET: { upstream: string; limit: number };
  E_RESPONSE_FORMAT: { place: string; why: Phrase };
  E_TOOLS: { place: string; why: Phrase };
  E_NATIVE_NEEDED: { what: Phrase };
  E_ANSWER_VALUE: { why: Phrase };
  E_INTERNAL: { why: string };
}

/** Exit code, HTTP status and words of each. */
export const generateErrors: Catalogue<GenerateErrors> = {
  E_OPTION: {
    exit: 64,
    status: 400,
    type: "invalid_request_error",
    en: { message: 'The option "{option}" cannot be {value}; allowed: {allowed}.', hint: "Give it a value that is allowed." },
    zh: { message: "选项“{option}”不能为 {value}；允许：{allowed}。", hint: "请改用允许的取值。" },
  },
  E_OPTION_UNKNOWN: {
    exit: 64,
    status: 400,
    type: "invalid_request_error",
    en: { message: '{of} has no option "{option}". {remedy}', hint: "Write the option as it is documented, or leave it out." },
    zh: { message: "{of} 没有选项“{option}”。{remedy}", hint: "请按文档写出选项名，或将其去掉。" },
  },
  E_MESSAGES: {
    exit: 64,
    status: 400,
    type: "invalid_request_error",
    en: { message: "{param} is not a message: {why}.", hint: 'A message is { role: "system" | "user" | "assistant" | "tool", content: text }.' },
    zh: { message: "{param} 不是有效的消息：{why}。", hint: '消息的形式为 { role: "system" | "user" | "assistant" | "tool", content: 文本 }。' },
  },
  E_CONTEXT: {
    exit: 65,
    status: 400,
    type: "invalid_request_error",
    en: {
      message: "The prompt has {prompt} tokens; with {maxTokens} new ones it does not fit into the context of {context}.",
      hint: hint(
        "Shorten the prompt, begin a new chat, ask for fewer tokens, or give a longer --context.",
        "Shorten the prompt, begin a new chat, ask for fewer tokens, or open the model with a longer `contextLength`.",
        "Shorten the prompt, begin a new chat, or ask for fewer tokens.",
      ),
    },
    zh: {
      message: "提示词有 {prompt} 个词元，加上 {maxTokens} 个新词元超出了 {context} 的上下文长度。",
      hint: hint(
        "请缩短提示词、开始新对话、减少生成长度，或用 --context 给出更长的上下文。",
        "请缩短提示词、开始新对话、减少生成长度，或以更大的 `contextLength` 打开模型。",
        "请缩短提示词、开始新对话或减少生成长度。",
      ),
    },
  },
  E_EMPTY_PROMPT: {
    exit: 65,
    status: 400,
    type: "invalid_request_error",
    en: {
      message: "{what} has no tokens: there is nothing to go on from.",
      hint: "Give at least one character that the tokenizer of the model knows.",
    },
    zh: { message: "{what} 没有任何词元，无从开始。", hint: "请至少提供一个该模型的分词器认识的字符。" },
  },
  E_TEXT_SHORT: {
    exit: 65,
    status: 400,
    type: "invalid_request_error",
    en: { message: "The text has {tokens} tokens; at least {needed} are needed.", hint: "Give a longer text." },
    zh: { message: "文本有 {tokens} 个词元，至少需要 {needed} 个。", hint: "请提供更长的文本。" },
  },
  E_BUSY: {
    exit: 75,
    status: 503,
    type: "overloaded_error",
    en: { message: "The engine is busy: {waiting} requests are waiting already.", hint: "Try again in a moment." },
    zh: { message: "引擎繁忙：已有 {waiting} 个请求在等待。", hint: "请稍后再试。" },
  },
  E_ENGINE_DIED: {
    exit: 70,
    status: 503,
    type: "engine_error",
    en: {
      message: "The engine ended unexpectedly: {why}.",
      hint: hint(
        "Run the command again; if it happens twice, please report it.",
        "Open the model again; if it happens twice, please report it.",
        "Try again: the model is opened anew. If it happens twice, tell the operator.",
      ),
    },
    zh: {
      message: "引擎意外结束：{why}。",
      hint: hint(
        "请重新运行该命令；若再次发生，请反馈。",
        "请重新打开模型；若再次发生，请反馈。",
        "请重试：模型会重新打开。若再次发生，请告知运行者。",
      ),
    },
  },
  E_ENGINE_CLOSED: {
    exit: 75,
    status: 503,
    type: "engine_error",
    en: {
      message: "{what}: the model has been closed.",
      hint: hint(
        "Run the command again.",
        "Open the model again (LanguageModel.open).",
        "Try again in a moment; if it stays so, the operator has to start the server again.",
      ),
    },
    zh: {
      message: "{what}：模型已关闭。",
      hint: hint("请重新运行该命令。", "请重新打开模型（LanguageModel.open）。", "请稍后重试；若仍如此，需由运行者重新启动服务器。"),
    },
  },
  E_UPSTREAM: {
    exit: 75,
    status: 503,
    type: "upstream_error",
    en: { message: "{upstream} refused the request ({status}): {why}", hint: "Correct the request, or ask the operator of that server." },
    zh: { message: "{upstream} 拒绝了请求（{status}）：{why}", hint: "请更正请求，或联系该服务器的运行者。" },
  },
  E_UPSTREAM_REACH: {
    exit: 75,
    status: 503,
    type: "upstream_error",
    en: { message: "{upstream} cannot be reached: {why}.", hint: "See whether that server runs and its address is right; then try again." },
    zh: { message: "无法连接 {upstream}：{why}。", hint: "请确认该服务器正在运行且地址正确，然后重试。" },
  },
  E_UPSTREAM_BUDGET: {
    exit: 75,
    status: 429,
    type: "insufficient_quota",
    en: {
      message: "The budget of {limit} tokens for {upstream} is used up.",
      hint: hint("Give it a larger tokenBudget.", "Give it a larger tokenBudget.", "The operator may give it a larger budget."),
    },
    zh: { message: "{upstream} 的 {limit} 词元预算已用完。", hint: hint("请提高 tokenBudget。", "请提高 tokenBudget。", "运行者可提高该预算。") },
  },
  E_LOGITS: {
    exit: 65,
    status: 500,
    type: "numeric_error",
    en: {
      message: "The model gave no number (NaN) at position {position}.",
      hint: hint(
        "The weights may be damaged: fetch the file again, or try --precision exact.",
        'The weights may be damaged: fetch the file again, or open it with precision: "exact".',
        "The weights may be damaged: the operator should fetch the file again, or serve it with exact precision.",
      ),
    },
    zh: {
      message: "模型在位置 {position} 的输出不是数字（NaN）。",
      hint: hint(
        "权重可能已损坏：请重新下载文件，或尝试 --precision exact。",
        '权重可能已损坏：请重新下载文件，或以 precision: "exact" 打开。',
        "权重可能已损坏：运行者应重新下载文件，或以 exact 精度提供服务。",
      ),
    },
  },
  E_RESPONSE_FORMAT: {
    exit: 64,
    status: 400,
    type: "invalid_request_error",
    en: { message: "The response format cannot be kept to: {place}: {why}.", hint: "Nothing was generated. Change this part, or leave it out." },
    zh: { message: "无法遵守此输出格式：{place}：{why}。", hint: "尚未生成任何内容。请修改或去掉这一部分。" },
  },
  E_TOOLS: {
    exit: 64,
    status: 400,
    type: "invalid_request_error",
    en: {
      message: "The tools cannot be used: {place}: {why}.",
      hint: "Nothing was generated. A tool is { name, description, parameters: a JSON schema }.",
    },
    zh: { message: "无法使用这些工具：{place}：{why}。", hint: "尚未生成任何内容。工具的形式为 { name, description, parameters: JSON 模式 }。" },
  },
  E_NATIVE_NEEDED: {
    exit: 78,
    status: 501,
    type: "native_missing",
    en: {
      message: "{what} needs the native part, which is not in use here.",
      hint: hint(
        "Install a Rust toolchain (rustup) and start again.",
        'Install a Rust toolchain (rustup) and start again, and do not open the model with executor: "reference".',
        "The operator should install a Rust toolchain (rustup) and start the server again.",
      ),
    },
    zh: {
      message: "{what}需要原生部分，而此处未使用。",
      hint: hint(
        "请安装 Rust 工具链（rustup）后重新启动。",
        '请安装 Rust 工具链（rustup）后重新启动，并且不要以 executor: "reference" 打开模型。',
        "运行者应安装 Rust 工具链（rustup）后重新启动服务器。",
      ),
    },
  },
  E_ANSWER_VALUE: {
    exit: 65,
    status: 422,
    type: "invalid_answer",
    en: {
      message: "The answer is no value of its schema: {why}.",
      hint: hint(
        "Allow more tokens, or ask again with another seed.",
        "Allow more tokens (maxTokens), or ask again with another seed.",
        "Allow more tokens (max_tokens), or ask again with another seed.",
      ),
    },
    zh: {
      message: "回答不是符合其模式的值：{why}。",
      hint: hint("请增大词元数上限，或换一个种子重试。", "请增大 maxTokens，或换一个种子重试。", "请增大 max_tokens，或换一个种子重试。"),
    },
  },
  E_INTERNAL: {
    exit: 70,
    status: 500,
    type: "internal_error",
    en: {
      message: "Something failed inside: {why}.",
      hint: hint(
        "Please report this with the command that led to it (--debug shows where).",
        "Please report this with the call that led to it and the error's cause.",
        "Please report this to the operator with the request that led to it; the server's log says where.",
      ),
    },
    zh: {
      message: "内部出错：{why}。",
      hint: hint(
        "请附上触发该问题的命令进行反馈（--debug 可显示位置）。",
        "请附上触发该问题的调用及其 cause 进行反馈。",
        "请附上触发该问题的请求告知运行者；服务器日志中有具体位置。",
      ),
    },
  },
};

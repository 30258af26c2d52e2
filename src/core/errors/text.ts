// Errors of the text room: tokenizers, chat templates, cleaning, words.
import { type Catalogue, hint, type Phrase } from "./entry.ts";

/** Codes and their parameters. */
export interface TextErrors {
  E_TOKENIZER_KIND: { what: string; got: string; supported: string };
  E_TOKENIZER_INVALID: { where: string; why: Phrase };
  E_TOKENIZER_SIZE: { what: string; got: number; limit: number };
  E_TOKEN_ID: { id: number; size: number };
  E_TEMPLATE_MISSING: { field: string };
  E_TEMPLATE_SYNTAX: { position: string; why: Phrase };
  E_TEMPLATE_BUDGET: { what: Phrase; limit: number };
  E_TEMPLATE_REFUSED: { message: string };
  E_TEMPLATE: { why: Phrase };
  E_DICTIONARY: { line: number; why: Phrase };
}

const file = { exit: 65, status: 400, type: "invalid_model_file" };

/** Exit code, HTTP status and words of each. */
export const textErrors: Catalogue<TextErrors> = {
  E_TOKENIZER_KIND: {
    ...file,
    en: {
      message: "This tokenizer cannot be used yet: {what} is {got}; supported: {supported}.",
      hint: "Choose a model whose tokenizer is one of these.",
    },
    zh: { message: "暂不支持此分词器：{what} 为 {got}；支持：{supported}。", hint: "请选择使用上述分词器的模型。" },
  },
  E_TOKENIZER_INVALID: {
    ...file,
    en: {
      message: "The tokenizer is not valid at {where}: {why}.",
      hint: "The file is damaged or was converted wrongly; fetch or convert it again.",
    },
    zh: { message: "分词器在 {where} 处无效：{why}。", hint: "文件已损坏或转换有误；请重新下载或转换。" },
  },
  E_TOKENIZER_SIZE: {
    ...file,
    en: { message: "The tokenizer is too large: {what} is {got}, at most {limit}.", hint: "Check that this is a tokenizer file." },
    zh: { message: "分词器过大：{what} 为 {got}，上限为 {limit}。", hint: "请确认这是分词器文件。" },
  },
  E_TOKEN_ID: {
    exit: 65,
    status: 400,
    type: "invalid_request_error",
    en: {
      message: "{id} is not a token id of this model; they run from 0 to {size} (not included).",
      hint: "Use ids that this model's tokenizer gave.",
    },
    zh: { message: "{id} 不是此模型的词元编号；编号范围为 0 到 {size}（不含）。", hint: "请使用此模型分词器给出的编号。" },
  },
  E_TEMPLATE_MISSING: {
    exit: 65,
    status: 400,
    type: "invalid_request_error",
    en: {
      message: "This model has no chat template ({field}): it continues text, it does not chat.",
      hint: hint(
        'Give it a text to continue: "inkstone run MODEL PROMPT --raw"; fine-tune it on rows of prompt and completion.',
        "Give it a text to continue: a string instead of messages.",
        "Give it a text to continue: POST /v1/completions.",
      ),
    },
    zh: {
      message: "此模型没有对话模板（{field}）：它用于续写文本，而非对话。",
      hint: hint(
        "请给出要续写的文本：“inkstone run 模型 提示词 --raw”；微调时请使用 prompt 与 completion 形式的行。",
        "请给出要续写的文本：用字符串代替消息。",
        "请给出要续写的文本：POST /v1/completions。",
      ),
    },
  },
  E_TEMPLATE_SYNTAX: {
    ...file,
    en: {
      message: "The chat template cannot be read at {position}: {why}.",
      hint: hint(
        "Correct the template, or use the model without one (--raw).",
        "Correct the template, or give a string instead of messages.",
        "Give a text to continue instead (POST /v1/completions); the template is the operator's to correct.",
      ),
    },
    zh: {
      message: "对话模板在 {position} 处无法解析：{why}。",
      hint: hint(
        "请更正模板，或不使用模板（--raw）。",
        "请更正模板，或用字符串代替消息。",
        "可改为给出要续写的文本（POST /v1/completions）；模板须由运行者更正。",
      ),
    },
  },
  E_TEMPLATE_BUDGET: {
    exit: 65,
    status: 400,
    type: "template_budget_exceeded",
    en: {
      message: "The chat template exceeds its budget: {what}, at most {limit}.",
      hint: "Shorten the conversation; if it is short, the template itself is at fault.",
    },
    zh: { message: "对话模板超出限额：{what}，上限为 {limit}。", hint: "请缩短对话；若对话不长，则是模板本身有问题。" },
  },
  E_TEMPLATE_REFUSED: {
    exit: 65,
    status: 400,
    type: "invalid_request_error",
    en: { message: "The model's chat template refuses these messages: {message}", hint: "Change the order or the roles of the messages as it asks." },
    zh: { message: "模型的对话模板拒绝这些消息：{message}", hint: "请按其要求调整消息的顺序或角色。" },
  },
  E_TEMPLATE: {
    exit: 65,
    status: 400,
    type: "invalid_request_error",
    en: {
      message: "The chat template failed on these messages: {why}.",
      hint: "Check the messages; if they are ordinary, the template itself is at fault.",
    },
    zh: { message: "对话模板处理这些消息时出错：{why}。", hint: "请检查消息；若消息正常，则是模板本身有问题。" },
  },
  E_DICTIONARY: {
    exit: 65,
    status: 400,
    type: "invalid_request_error",
    en: { message: "The user dictionary is not valid at line {line}: {why}.", hint: 'A line is "WORD [FREQUENCY] [TAG]", parted by single spaces.' },
    zh: { message: "用户词典第 {line} 行无效：{why}。", hint: "每行格式为“词 [词频] [词性]”，以单个空格分隔。" },
  },
};

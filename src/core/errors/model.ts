// Errors of layers and models.
import type { Catalogue, Phrase } from "./entry.ts";

/** Codes and their parameters. */
export interface ModelErrors {
  E_MODEL_ARCHITECTURE: { architecture: string; supported: string };
  E_MODEL_CONFIG: { key: string; value: unknown; allowed: Phrase };
  E_MODEL_TENSORS: { problems: Phrase };
  E_MODEL_MEMORY: { needed: number; available: number };
  E_EXPORT_PARITY: { where: Phrase; got: number; limit: number };
  E_MODEL_USE: { model: string; models: string };
  E_SEQUENCE_FULL: { length: number; more: number; capacity: number };
  E_SEQUENCE_FOREIGN: Record<string, never>;
}

/** Exit code, HTTP status and words of each. */
export const modelErrors: Catalogue<ModelErrors> = {
  E_MODEL_ARCHITECTURE: {
    exit: 65,
    status: 400,
    type: "invalid_model_file",
    en: { message: 'The architecture "{architecture}" is not known; known: {supported}.', hint: "Use a model of one of these architectures." },
    zh: { message: "不支持架构“{architecture}”；已支持：{supported}。", hint: "请使用以上架构的模型。" },
  },
  E_MODEL_CONFIG: {
    exit: 65,
    status: 400,
    type: "invalid_model_file",
    en: {
      message: "Invalid hyper-parameter {key}={value} (allowed: {allowed}).",
      hint: "The file is damaged or of a kind that is not supported; fetch it again or use another.",
    },
    zh: { message: "超参数 {key}={value} 无效（允许：{allowed}）。", hint: "文件已损坏或属于不支持的类型；请重新获取或换用其他文件。" },
  },
  E_MODEL_TENSORS: {
    exit: 65,
    status: 400,
    type: "invalid_model_file",
    en: {
      message: "The tensors do not fit the configuration: {problems}.",
      hint: "The file is damaged or incomplete; fetch it again or use another.",
    },
    zh: { message: "张量与配置不符：{problems}。", hint: "文件已损坏或不完整；请重新获取或换用其他文件。" },
  },
  E_EXPORT_PARITY: {
    exit: 70,
    status: 500,
    type: "export_failed",
    en: {
      message: "What was written does not agree with the model in {where}: off by {got}, at most {limit}.",
      hint: "Nothing was kept. Try a type with more bits; if f32 does not agree either, please report it with the model's name.",
    },
    zh: {
      message: "写出的内容与模型在{where}处不一致：偏差 {got}，上限 {limit}。",
      hint: "未保留任何文件。请换用位数更多的类型；若 f32 仍不一致，请附上模型名称反馈。",
    },
  },
  E_MODEL_MEMORY: {
    exit: 75,
    status: 503,
    type: "out_of_memory",
    en: { message: "The model needs {needed} bytes of memory, {available} are free.", hint: "Use a smaller model or close other programs." },
    zh: { message: "模型需要 {needed} 字节内存，可用 {available} 字节。", hint: "请使用更小的模型，或关闭其他程序。" },
  },
  E_MODEL_USE: {
    exit: 65,
    status: 400,
    type: "invalid_request_error",
    en: { message: '"{model}" is not a model for this; such models: {models}.', hint: "Choose one of these, or a folder of a model of this kind." },
    zh: { message: "“{model}”不适用于此任务；可用模型：{models}。", hint: "请选用以上模型，或同类模型的文件夹。" },
  },
  E_SEQUENCE_FULL: {
    exit: 65,
    status: 400,
    type: "invalid_request_error",
    en: {
      message: "A sequence of {length} tokens cannot take {more} more: it holds {capacity}.",
      hint: "Shorten the text, or open the model with a longer context.",
    },
    zh: { message: "已有 {length} 个词元的序列无法再容纳 {more} 个：容量为 {capacity}。", hint: "请缩短文本，或以更长的上下文打开模型。" },
  },
  E_SEQUENCE_FOREIGN: {
    exit: 64,
    status: 500,
    type: "server_error",
    en: {
      message: "A step was given a sequence that is not open in this model, or one twice.",
      hint: "Use the sequences of the last openSequences of this model, each once a step.",
    },
    zh: {
      message: "该步骤使用了不属于此模型的序列，或同一序列出现了两次。",
      hint: "请使用此模型最近一次 openSequences 返回的序列，且每步各用一次。",
    },
  },
};

// Errors of adapters and of fine-tuning.
import { type Catalogue, hint, type Phrase } from "./entry.ts";

/** Codes and their parameters. */
export interface AdaptErrors {
  E_ADAPTER: { adapter: string; why: Phrase };
  E_ADAPTER_BASE: { adapter: string; why: Phrase };
  E_ADAPTER_UNKNOWN: { adapter: string; available: string };
  E_FINETUNE_DATA: { file: string; why: Phrase };
  E_FINETUNE: { model: string; why: Phrase };
}

const input = { exit: 65, status: 400, type: "invalid_request_error" } as const;

/** The words. */
export const adaptErrors: Catalogue<AdaptErrors> = {
  E_ADAPTER: {
    ...input,
    en: {
      message: 'The adapter "{adapter}" cannot be used: {why}.',
      hint: "An adapter is a folder with adapter_config.json and adapter_model.safetensors, as `inkstone finetune` and peft write it.",
    },
    zh: {
      message: "适配器“{adapter}”不可用：{why}。",
      hint: "适配器是含有 adapter_config.json 和 adapter_model.safetensors 的文件夹，由 `inkstone finetune` 或 peft 写出。",
    },
  },
  E_ADAPTER_BASE: {
    ...input,
    en: { message: 'The adapter "{adapter}" does not belong to this model: {why}.', hint: "Use it with the model that it was trained on." },
    zh: { message: "适配器“{adapter}”不属于此模型：{why}。", hint: "请与训练它时的模型一起使用。" },
  },
  E_ADAPTER_UNKNOWN: {
    exit: 64,
    status: 404,
    type: "not_found_error",
    en: { message: 'There is no adapter "{adapter}"; there is: {available}.', hint: "Load it when the model is opened, or leave it out." },
    zh: { message: "没有适配器“{adapter}”；可用：{available}。", hint: "请在打开模型时加载它，或不指定适配器。" },
  },
  E_FINETUNE_DATA: {
    ...input,
    en: {
      message: 'Nothing can be trained on "{file}": {why}.',
      hint: "Rows are messages, prompt and completion, instruction and output, conversations, or text; for preferences also chosen and rejected.",
    },
    zh: {
      message: "“{file}”无法用于训练：{why}。",
      hint: "每行应为 messages、prompt 与 completion、instruction 与 output、conversations 或 text；偏好数据还需 chosen 与 rejected。",
    },
  },
  E_FINETUNE: {
    ...input,
    en: {
      message: 'The model "{model}" cannot be fine-tuned like this: {why}.',
      hint: hint("`inkstone finetune --help` names methods and models.", "Choose another method, or another model."),
    },
    zh: { message: "无法这样微调模型“{model}”：{why}。", hint: hint("`inkstone finetune --help` 列出了方法和模型。", "请换用其他方法或其他模型。") },
  },
};

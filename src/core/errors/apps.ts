// Errors of the applications: personal data, policies, templates, forms.
import type { Catalogue, Phrase } from "./entry.ts";

/** Codes and their parameters. */
export interface AppErrors {
  E_PII_KEY: { least: number };
  E_PII_TOKEN: { token: string; at: number };
  E_WORD_LIST: { word: string; number: number; limit: number };
  E_WRITING_ROW: { template: string; line: number; row: number; why: Phrase };
  E_TEXT_LENGTH: { limit: number };
  E_CASE_STATE: { id: string; state: string; needed: string };
  E_RULES_FILE: { file: string; where: string; why: Phrase };
}

/** Exit code, HTTP status and words of each. */
export const appErrors: Catalogue<AppErrors> = {
  E_PII_KEY: {
    exit: 64,
    status: 400,
    type: "invalid_request_error",
    en: {
      message: "The key is too short: at least {least} characters.",
      hint: "Take a long random text, and keep it: without it nothing can be put back.",
    },
    zh: { message: "密钥过短：至少需要 {least} 个字符。", hint: "请使用较长的随机文本并妥善保管：没有它便无法还原。" },
  },
  E_PII_TOKEN: {
    exit: 65,
    status: 400,
    type: "invalid_request_error",
    en: {
      message: "The token {token} at {at} cannot be opened with this key.",
      hint: "Use the key that sealed it; a token that was changed cannot be put back.",
    },
    zh: { message: "位置 {at} 处的占位符 {token} 无法用此密钥还原。", hint: "请使用当初封存的密钥；被改动过的占位符无法还原。" },
  },
  E_WORD_LIST: {
    exit: 65,
    status: 400,
    type: "invalid_request_error",
    en: {
      message: 'Word {number} of the list, "{word}", cannot be looked for.',
      hint: "A word has at least one letter, digit or Chinese character, and at most {limit} of them.",
    },
    zh: { message: "词表第 {number} 个词“{word}”无法用于匹配。", hint: "每个词须至少含一个字母、数字或汉字，且不超过 {limit} 个。" },
  },
  E_WRITING_ROW: {
    exit: 65,
    status: 400,
    type: "invalid_request_error",
    en: {
      message: 'Row {row} cannot be written by line {line} of "{template}": {why}.',
      hint: "Correct the row, or let the template ask before it uses the field.",
    },
    zh: { message: "无法用“{template}”第 {line} 行写出第 {row} 行数据：{why}。", hint: "请更正数据，或在模板中先判断再使用该字段。" },
  },
  E_TEXT_LENGTH: {
    exit: 65,
    status: 413,
    type: "invalid_request_error",
    en: { message: "The text is longer than {limit} characters.", hint: "Cut it into parts." },
    zh: { message: "文本超过 {limit} 个字符。", hint: "请将其拆分。" },
  },
  E_CASE_STATE: {
    exit: 65,
    status: 409,
    type: "invalid_request_error",
    en: { message: 'The case "{id}" is {state}; this needs one that is {needed}.', hint: "Look at the queue again: somebody may have been faster." },
    zh: { message: "案件“{id}”的状态为 {state}，此操作要求状态为 {needed}。", hint: "请重新查看队列：可能已由他人处理。" },
  },
  E_RULES_FILE: {
    exit: 65,
    status: 400,
    type: "invalid_request_error",
    en: { message: '"{file}" is not valid at {where}: {why}.', hint: "Correct this place and try again; nothing was done." },
    zh: { message: "“{file}”在 {where} 处无效：{why}。", hint: "请更正此处后重试；尚未执行任何操作。" },
  },
};

// Errors of the applications: personal data, policies, templates, forms.
import type { Catalogue } from "./entry.ts";

/** Codes and their parameters. */
export interface AppErrors {
  E_PII_KEY: { least: number };
  E_PII_TOKEN: { token: string; at: number };
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
    zh: { message: "位置 {at} 处的标记 {token} 无法用此密钥打开。", hint: "请使用当初封存的密钥；被改动过的标记无法还原。" },
  },
};

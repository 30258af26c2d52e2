// The page's words in English and Chinese. A missing key does not compile.
import { keep, recall } from "./keep.ts";

export type Language = "en" | "zh";

const en = {
  title: "Inkstone",
  tagline: "A language model on your own machine",
  chat: "Chat",
  classify: "Classify",
  newChat: "New chat",
  settings: "Settings",
  system: "System prompt",
  systemHint: "Empty: the model's own",
  temperature: "Temperature",
  temperatureHint: "0 always takes the likeliest word",
  maxTokens: "Longest answer, tokens",
  placeholder: "Write a message",
  send: "Send",
  stop: "Stop",
  you: "You",
  stopped: "Stopped",
  cut: "Cut at the longest answer",
  regenerate: "Again",
  copy: "Copy",
  copied: "Copied",
  tokensPerSecond: "tokens/s",
  tokens: "tokens",
  firstWord: "first word",
  seconds: "s",
  talk: "Conversation",
  offline: "The server does not answer. Is it still running? Start it again with: npm start",
  retry: "Try again",
  empty: "Ask anything. The model runs here; nothing leaves this machine.",
  small: (millions: number) => `This is a small model (${millions} million weights): quick and private, and often wrong. Check what matters.`,
  foreign: " It was not trained for English.",
  ideas: ["Explain photosynthesis to a ten-year-old.", "Write a short poem about ink and stone.", "Give me three tips for learning to cook."],
  reference: "Slow kernels: there is no native part here, so a word takes half a second. Install Rust (rustup.rs) and start again.",
  otherLanguage: "中文",
};

const zh: typeof en = {
  title: "砚",
  tagline: "在自己的机器上运行的语言模型",
  chat: "对话",
  classify: "分类",
  newChat: "新对话",
  settings: "设置",
  system: "系统提示",
  systemHint: "留空则使用模型自带的提示",
  temperature: "温度",
  temperatureHint: "0 表示总是取最可能的词",
  maxTokens: "回答最长词元数",
  placeholder: "输入消息",
  send: "发送",
  stop: "停止",
  you: "你",
  stopped: "已停止",
  cut: "已达到回答长度上限",
  regenerate: "重新回答",
  copy: "复制",
  copied: "已复制",
  tokensPerSecond: "词元/秒",
  tokens: "词元",
  firstWord: "首词",
  seconds: "秒",
  talk: "对话",
  offline: "服务没有响应。它还在运行吗？可用 npm start 重新启动。",
  retry: "重试",
  empty: "随便问。模型就在本机运行，任何内容都不会离开这台机器。",
  small: (millions: number) => `这是一个小模型（${(millions / 100).toFixed(2)} 亿参数）：快速、私密，但常会出错，重要内容请核对。`,
  foreign: "它没有学过中文，请用英文提问。",
  ideas: ["用简单的话解释光合作用。", "写一首关于墨与石的短诗。", "给我三个学做饭的建议。"],
  reference: "当前为慢速内核：缺少原生部分，每个词约需半秒。请安装 Rust（rustup.rs）后重新启动。",
  otherLanguage: "English",
};

const all: Record<Language, typeof en> = { en, zh };

export const wordsOf = (language: Language): typeof en => all[language];

/** The last choice, else the browser's language. */
export function firstLanguage(): Language {
  const kept = recall("language");
  if (kept === "en" || kept === "zh") return kept;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}

/** Remembers a choice for the next visit. */
export const keepLanguage = (language: Language): void => keep("language", language);

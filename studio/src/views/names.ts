// What the views and their groups are called. A view without a name does not compile.
import { defineWords } from "../i18n/i18n.svelte.ts";
import type { GroupName, ViewName } from "./index.ts";

const en: Record<ViewName, string> = {
  chat: "Chat",
  kb: "Knowledge",
  write: "Write",
  translate: "Translate",
  listen: "Transcribe",
  support: "Customer service",
  moderate: "Moderate",
  pii: "Personal data",
  legal: "Legal letters",
  medical: "Medical",
  tutor: "Tutor",
  insight: "Insight",
  classify: "Classify",
  runs: "Runs",
  feedback: "Feedback",
  tune: "Tune",
  evaluate: "Evaluate",
  models: "Models",
  tokens: "Tokens",
  vectors: "Vectors",
  server: "Server",
};
const zh: Record<ViewName, string> = {
  chat: "对话",
  kb: "知识库",
  write: "数据成文",
  translate: "翻译",
  listen: "转写",
  support: "智能客服",
  moderate: "内容审核",
  pii: "个人信息",
  legal: "法律文书",
  medical: "医疗",
  tutor: "学习辅导",
  insight: "洞察",
  classify: "分类",
  runs: "训练记录",
  feedback: "反馈",
  tune: "微调",
  evaluate: "评测",
  models: "模型",
  tokens: "词元",
  vectors: "向量",
  server: "服务器",
};
const groupsEn: Record<GroupName, string> = { talk: "Talk and write", apply: "Applications", build: "Train", look: "Look inside" };
const groupsZh: Record<GroupName, string> = { talk: "对话与写作", apply: "应用", build: "模型训练", look: "查看" };

export const viewWords = defineWords({ en, zh });
export const groupWords = defineWords({ en: groupsEn, zh: groupsZh });

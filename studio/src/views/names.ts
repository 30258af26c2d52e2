// What the views and their groups are called. A view without a name does not compile.
import { defineWords } from "../i18n/i18n.svelte.ts";
import type { GroupName, ViewName } from "./index.ts";

const en: Record<ViewName, string> = { chat: "Chat", classify: "Classify", tokens: "Tokens" };
const zh: Record<ViewName, string> = { chat: "对话", classify: "分类", tokens: "词元" };
const groupsEn: Record<GroupName, string> = { talk: "Talk and write", apply: "Applications", build: "Train", look: "Look inside" };
const groupsZh: Record<GroupName, string> = { talk: "对话与写作", apply: "应用", build: "训练", look: "查看" };

export const viewWords = defineWords({ en, zh });
export const groupWords = defineWords({ en: groupsEn, zh: groupsZh });

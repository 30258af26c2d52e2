// The words of the Translate view.
import { defineWords, number } from "../../i18n/i18n.svelte.ts";

export const translateWords = defineWords({
  en: {
    title: "Translate",
    intro:
      "Sentence by sentence, each checked: numbers, names, tags and placeholders are kept, or the sentence is marked. A small model translates poorly; serve a translator for more.",
    from: "From",
    to: "To",
    guess: "whatever it is",
    text: "Text",
    markdown: "It is Markdown: keep its layout",
    glossary: "Glossary, a line each: source = target",
    go: "Translate",
    result: "Translation",
    failed: (count: number) =>
      count === 0 ? "Every sentence passed its checks." : `${number(count)} sentences did not pass their checks and are marked ⚠.`,
    by: (model: string) => `by ${model}`,
    sentences: "Sentence by sentence",
    source: "Source",
    target: "Translation",
    check: "Check",
    passed: "passed",
    marked: "not passed",
    sample: "The museum opens at 9:30 and closes at 17:00. A ticket costs 12.50 EUR. Please write to visit@example.org.",
  },
  zh: {
    title: "翻译",
    intro: "逐句翻译并检查：数字、名称、标签与占位符必须保留，否则标出该句。小模型译文较差，可另行提供翻译模型。",
    from: "源语言",
    to: "目标语言",
    guess: "自动",
    text: "文本",
    markdown: "这是 Markdown：保留版式",
    glossary: "术语表，每行一条：原文 = 译文",
    go: "翻译",
    result: "译文",
    failed: (count: number) => (count === 0 ? "所有句子均通过检查。" : `有 ${number(count)} 句未通过检查，已用 ⚠ 标出。`),
    by: (model: string) => `由 ${model} 翻译`,
    sentences: "逐句对照",
    source: "原文",
    target: "译文",
    check: "检查",
    passed: "通过",
    marked: "未通过",
    sample: "博物馆9:30开门，17:00闭馆。门票12.50欧元。请写信至 visit@example.org。",
  },
});

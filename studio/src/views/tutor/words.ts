// The words of the Tutor view.
import { defineWords, number, percent } from "../../i18n/i18n.svelte.ts";

export const tutorWords = defineWords({
  en: {
    title: "Tutor",
    intro: "Questions from a text, each with its key in the text; graded answers, and an outline to learn from.",
    source: "The text to learn",
    practise: "Practise",
    outline: "Outline",
    make: "Make questions",
    count: "How many",
    outlineGo: "Make the outline",
    types: { "multiple-choice": "multiple choice", cloze: "gap", "short-answer": "short answer" } as Record<string, string>,
    bloom: { remember: "remember", understand: "understand", apply: "apply", analyze: "analyse", evaluate: "evaluate", create: "create" } as Record<
      string,
      string
    >,
    none: "This text has no sentence that a question could be made of.",
    answer: "Your answer",
    check: "Check the answers",
    score: (right: number, all: number) => `${number(right)} of ${number(all)} right`,
    weakest: "Learn these once more",
    stands: "In the text",
    difficulty: (share: number) => `difficulty ${percent(share, 0)}`,
    terms: "Terms",
    aims: "After it you should be able to",
    download: "Take the questions along",
    sample:
      "# Photosynthesis\n\nPhotosynthesis is the process by which plants make sugar from light, water and carbon dioxide. It takes place in the chloroplasts, which hold a green pigment called chlorophyll. Chlorophyll absorbs red and blue light and reflects green light.\n\nJan Ingenhousz discovered in 1779 that plants give off oxygen in sunlight. Because plants store carbon in their tissues, forests remove carbon dioxide from the air. About half of the oxygen in the atmosphere is made by algae in the oceans.",
  },
  zh: {
    title: "学习辅导",
    intro: "根据文本出题，答案都能在原文中找到；批改作答，并给出学习提纲。",
    source: "要学习的文本",
    practise: "练习",
    outline: "提纲",
    make: "出题",
    count: "题数",
    outlineGo: "生成提纲",
    types: { "multiple-choice": "选择题", cloze: "填空题", "short-answer": "简答题" } as Record<string, string>,
    bloom: { remember: "记忆", understand: "理解", apply: "应用", analyze: "分析", evaluate: "评价", create: "创造" } as Record<string, string>,
    none: "这段文本中没有可以出题的句子。",
    answer: "您的答案",
    check: "批改",
    score: (right: number, all: number) => `共 ${number(all)} 题，答对 ${number(right)} 题`,
    weakest: "建议再学一遍",
    stands: "原文",
    difficulty: (share: number) => `难度 ${percent(share, 0)}`,
    terms: "术语",
    aims: "学完后应当能够",
    download: "下载题目",
    sample:
      "# 光合作用\n\n光合作用是植物利用光、水和二氧化碳制造糖的过程。它发生在叶绿体中，叶绿体含有一种叫做叶绿素的绿色色素。叶绿素吸收红光和蓝光，反射绿光。\n\n1779年，英格豪斯发现植物在阳光下释放氧气。因为植物把碳储存在组织中，所以森林能够吸收空气中的二氧化碳。大气中约一半的氧气由海洋中的藻类产生。",
  },
});

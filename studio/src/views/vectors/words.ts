// The words of the Vectors view.
import { defineWords, number, percent } from "../../i18n/i18n.svelte.ts";

export const vectorsWords = defineWords({
  en: {
    title: "Vectors",
    intro: "Texts as points: what means the same lies close. The map shows the two directions in which these texts differ most.",
    texts: "Texts, one a line",
    go: "Draw the map",
    none: "This server serves no vectors. Pull a model for them under Models.",
    toModels: "To Models",
    two: "Two texts or more are needed.",
    map: "Map",
    shown: (share: number) => `The map shows ${percent(share, 0)} of what differs between the texts.`,
    nearest: (text: string) => `Nearest to “${text}”`,
    choose: "Choose a point or a text to see what lies nearest.",
    similarity: "Cosine",
    query: "Find by meaning",
    find: "Find",
    size: (texts: number, width: number) => `${number(texts)} texts, ${number(width)} numbers each`,
    sample:
      "The cat sleeps on the sofa.\nA kitten is napping on the couch.\nDogs love long walks.\nThe puppy runs in the park.\nInterest rates rose again.\nThe central bank raised its rates.\nShares fell after the news.\nBake the bread for forty minutes.\nKnead the dough and let it rise.\nAdd salt to the soup.",
    sampleQuery: "pets at home",
  },
  zh: {
    title: "向量",
    intro: "把文本变成点：意思相近的靠得近。图中显示这些文本差别最大的两个方向。",
    texts: "文本，每行一条",
    go: "绘图",
    none: "此服务没有提供向量模型。可在“模型”中下载一个。",
    toModels: "前往模型",
    two: "至少需要两条文本。",
    map: "分布图",
    shown: (share: number) => `图中体现了文本间差异的 ${percent(share, 0)}。`,
    nearest: (text: string) => `与“${text}”最接近的`,
    choose: "选择一个点或一条文本，查看与它最接近的。",
    similarity: "余弦相似度",
    query: "按语义查找",
    find: "查找",
    size: (texts: number, width: number) => `共 ${number(texts)} 条文本，每条 ${number(width)} 个数`,
    sample:
      "猫在沙发上睡觉。\n小猫躺在沙发上打盹。\n狗喜欢长时间散步。\n小狗在公园里奔跑。\n利率再次上调。\n央行提高了利率。\n消息公布后股价下跌。\n面包烤四十分钟。\n揉好面团后静置发酵。\n汤里再加一点盐。",
    sampleQuery: "家里的宠物",
  },
});

// The words of the Tokens view.
import { defineWords, number } from "../../i18n/i18n.svelte.ts";

export const tokensWords = defineWords({
  en: {
    title: "Tokens",
    intro: "What a model reads: a text in pieces, each with its number.",
    count: (tokens: number, characters: number) => `${number(tokens)} tokens for ${number(characters)} characters`,
    each: (rate: number) => `${number(rate, 2)} characters a token`,
    sample: "Ink and stone: 砚台里磨出的墨。 let x = 42;",
    beside: "Beside",
    none: "nothing",
  },
  zh: {
    title: "词元",
    intro: "模型读到的内容：文本被切成词元，每个词元有一个编号。",
    count: (tokens: number, characters: number) => `${number(characters)} 个字符，共 ${number(tokens)} 个词元`,
    each: (rate: number) => `每个词元 ${number(rate, 2)} 个字符`,
    sample: "墨与石：砚台里磨出的墨。Ink and stone, let x = 42;",
    beside: "对照模型",
    none: "无",
  },
});

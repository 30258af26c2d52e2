// The words of the Moderate view.
import { defineWords, number } from "../../i18n/i18n.svelte.ts";

export const moderateWords = defineWords({
  en: {
    title: "Moderate",
    intro: "Posts judged by words and their disguises, by rules, and by classifiers where a policy names them. One post a line.",
    posts: "Posts, one a line",
    judge: "Judge",
    policy: "A policy of your own (YAML)",
    policyHint: "Empty: a small list that comes with Inkstone. Files are not read: write words and rules into it.",
    example: "Put an example in",
    actions: { allow: "Allow", review: "Review", remove: "Remove" } as Record<string, string>,
    counts: (allow: number, review: number, remove: number) => `${number(allow)} allowed, ${number(review)} to review, ${number(remove)} removed`,
    clean: "nothing found",
    labels: {} as Record<string, string>,
    word: (word: string, how: string) => (how === "" ? `the word “${word}”` : `the word “${word}” (${how})`),
    ways: { "split-character": "split characters" } as Record<string, string>,
    statement: (kind: string, group: string) => `${kind} of a group: ${group}`,
    kinds: { slur: "slur", contempt: "contempt", threat: "threat", worth: "worth denied", implied: "implied contempt" } as Record<string, string>,
    sample:
      "What a lovely day.\nbuy c0caine, c0ntact me on telegram\nGuaranteed returns, click now!\n加薇信领取红包\nMeet me at the library at five.",
  },
  zh: {
    title: "内容审核",
    intro: "按词语及其变体、规则，以及策略中指定的分类器审核帖子。每行一帖。",
    posts: "帖子，每行一条",
    judge: "审核",
    policy: "自定义策略（YAML）",
    policyHint: "留空则使用 Inkstone 自带的小词表。这里不读取文件：请直接写入词语与规则。",
    example: "填入示例",
    actions: { allow: "放行", review: "复核", remove: "移除" } as Record<string, string>,
    counts: (allow: number, review: number, remove: number) => `放行 ${number(allow)}，复核 ${number(review)}，移除 ${number(remove)}`,
    clean: "未发现问题",
    labels: {
      spam: "垃圾信息",
      advertising: "广告",
      fraud: "诈骗",
      hate: "仇恨",
      harassment: "骚扰辱骂",
      violence: "暴力",
      sexual: "色情",
      "self-harm": "自残",
      illegal: "违法",
      rule: "规则",
    } as Record<string, string>,
    word: (word: string, how: string) => (how === "" ? `词语“${word}”` : `词语“${word}”（${how}）`),
    ways: { spelling: "变形拼写", "split-character": "拆字", pinyin: "拼音", masked: "遮挡字符", homophone: "谐音" } as Record<string, string>,
    statement: (kind: string, group: string) => `针对群体：${group}（${kind}）`,
    kinds: { slur: "蔑称", contempt: "蔑视", threat: "威胁", worth: "否定价值", implied: "暗含蔑视" } as Record<string, string>,
    sample: "今天天气真好。\n加薇信领取红包\n刷·单·兼·职，日结\nbuy c0caine, c0ntact me on telegram\n五点在图书馆见。",
  },
});

/** A policy to begin with. */
export const policyExample = `words:
  - label: house-rules
    list: [forbidden, off topic]
labels:
  house-rules: { review: 0.3, remove: 0.9 }
rules:
  - name: pushy
    text (includes): ["click now", "limited offer"]
    action: review
`;

// Words of praise and blame in English and Chinese, and what a clause says with them. Written for this file. Knows no aspects.

const praise =
  "good great excellent amazing awesome perfect wonderful fantastic superb outstanding brilliant best better love loves loved loving like liked likes enjoy enjoyed happy glad pleased satisfied impressive impressed recommend recommended beautiful nice easy easily fast quick quickly sharp clear crisp bright comfortable convenient reliable sturdy solid durable affordable cheap reasonable worth useful helpful handy smooth light lightweight compact intuitive simple accurate rich vivid powerful flexible stylish sleek attractive friendly polite fresh delicious tasty clean quiet long-lasting superior fine fun cool favourite favorite incredible terrific stunning gorgeous decent generous responsive efficient elegant flawless effortless top-notch positive plus well works worked";
const blame =
  "bad poor terrible awful horrible worst worse hate hated hates dislike disappointed disappointing disappointment annoying annoyed useless broken broke breaks break fail fails failed failure problem problems issue issues trouble defective faulty slow slowly sluggish difficult hard confusing complicated cumbersome clumsy bulky heavy flimsy cheaply fragile weak dim dark blurry grainy noisy loud hot expensive overpriced pricey rude dirty cold stale bland late delayed missing lacks lack lacking wrong error errors crash crashes crashed freeze freezes froze leak leaks scratch scratches scratched waste wasted regret return returned refund complaint complain tiny uncomfortable inconvenient unreliable inaccurate mediocre inferior ugly unfortunately negative sucks junk garbage painful stiff never unusable worthless fuzzy lousy cheesy flaw flaws drawback";
const chinesePraise =
  "好 很好 不错 喜欢 满意 方便 快 清晰 清楚 漂亮 好看 舒服 舒适 实惠 便宜 划算 值得 值 推荐 好吃 美味 新鲜 干净 安静 热情 耐用 结实 精致 完美 优秀 赞 给力 流畅 灵敏 强 轻 实用 简单 周到 及时 惊喜 超值 好用 准时 贴心 细心 高大上";
const chineseBlame =
  "差 太差 很差 不好 不行 垃圾 失望 后悔 慢 太慢 贵 太贵 坏 坏了 破 旧 脏 难吃 难用 难看 吵 噪音 冷 凉 卡 死机 发热 模糊 粗糙 退货 退款 投诉 欺骗 假货 假 糟糕 糟 恶心 不满 不值 麻烦 复杂 漏 缺 少 差劲 态度差 异味 味道重 磨损 开裂 掉色 起球 不新鲜 不准 迟到 超时 浪费 不足 无语 敷衍";

const weights: ReadonlyMap<string, number> = new Map([
  ...`${praise} ${chinesePraise}`.split(" ").map((word) => [word, 1] as const),
  ...`${blame} ${chineseBlame}`.split(" ").map((word) => [word, -1] as const),
]);
const negations = new Set(
  "not no never n't cannot can't don't doesn't didn't isn't wasn't aren't won't hardly barely without 不 没 没有 不是 不太 不够 并不 无 未 别".split(
    " ",
  ),
);

/** Whether a word praises (1), blames (-1), or neither (0). */
export function weightOf(word: string): number {
  return weights.get(word) ?? 0;
}

/**
 * What words say together: sum of praise and blame, turned over by a negation up to three words before.
 *
 * @example
 * opinionOf(["the", "lens", "is", "not", "very", "sharp"]); // -1
 */
export function opinionOf(words: readonly string[]): number {
  return words.reduce((sum, word, i) => {
    const weight = weightOf(word);
    const turned = weight !== 0 && words.slice(Math.max(0, i - 3), i).some((before) => negations.has(before));
    return sum + (turned ? -weight : weight);
  }, 0);
}

// The ways in which somebody writes a word so that a list does not find it: split characters, sounds in Latin letters, masked vowels. Knows no texts.
import { foldWord, soundOf } from "./folding.ts";

/** How a word was found. */
export type Evasion = "none" | "spelling" | "split-character" | "pinyin" | "masked" | "homophone";

/** A form of a word in plain characters. */
export interface Variant {
  readonly form: string;
  readonly by: Exclude<Evasion, "none" | "homophone">;
}

// A character and the two that stand for it side by side.
const parts =
  "赌贝者 博十尃 枪木仓 炮火包 淫氵壬 妈女马 她女也 好女子 奶女乃 奸女干 妓女支 婊女表 嫖女票 媒女某 鸡又鸟 鸭甲鸟 杀乂木 骗马扁 钱金戋 贷代贝 货化贝 购贝勾 贿贝有 赂贝各 赃贝庄 信亻言 微彳微 加力口 做亻故 代亻弋 他亻也 们亻门 件亻牛 任亻壬 伙亻火 仿亻方 毒主母 粉米分 精米青 烟火因 炸火乍 爆火暴 药艹约 弹弓单 弩奴弓 刀刀一 剑佥刂 割害刂 刷尸刂 刻亥刂 别另刂 到至刂 制制刂 败贝攵 政正攵 效交攵 散昔攵 故古攵 约纟勺 红纟工 级纟及 给纟合 绝纟色 组纟且 线纟戋 结纟吉 编纟扁 语讠吾 话讠舌 说讠兑 请讠青 谁讠隹 诈讠乍 讯讠卂 证讠正 试讠式 课讠果 调讠周 诱讠秀 谈讠炎 论讠仑 让讠上 记讠己 计讠十 订讠丁 认讠人 设讠殳 许讠午 评讠平 词讠司 译讠圣 该讠亥 详讠羊 误讠吴 课讠果 读讠卖 唱口昌 吸口及 吹口欠 喝口曷 吃口乞 叫口丩 听口斤 哄口共 咬口交 吗口马 嘴口觜 呕口区 唾口垂 操扌喿 打扌丁 抢扌仓 抱扌包 拍扌白 招扌召 扣扌口 找扌戈 把扌巴 投扌殳 护扌户 报扌艮 换扌奂 推扌推 插扌臿 搞扌高 摸扌莫 撞扌童 拉扌立 捅扌甬 接扌妾 挂扌圭 日日一 明日月 时日寸 暗日音 晚日免 吧口巴 肛月工 胸月匈 肉月肉 股月殳 脱月兑 脏月庄 胖月半 肥月巴 肚月土 脑月囟 腿月退 腰月要 膜月莫 朋月月 服月服 期其月 朝卓月 洗氵先 海氵每 汁氵十 没氵殳 法氵去 流氵流 液氵夜 湿氵显 漏氵屚 洒氵西 清氵青 深氵罙 波氵皮 浪氵良 滚氵衮 涉氵步 泄氵世 泡氵包 泪氵目 江氵工 汗氵干 港氵巷 酒氵酉 游氵斿 演氵寅 测氵则 林木木 村木寸 棍木昆 棒木奉 根木艮 样木羊 板木反 机木几 权木又 杆木干 核木亥 校木交 档木当 棋木其 植木直 构木勾 树木对 概木既 狗犭句 猪犭者 猫犭苗 狼犭良 独犭虫 狠犭艮 狂犭王 犯犭巳 神礻申 祖礻且 福礻畐 礼礻乚 社礻土 视礻见 初衤刀 裸衤果 裤衤库 被衤皮 鲜鱼羊 牲牛生 物牛勿 特牛寺 牧牛攵 轮车仑 轻车圣 转车专 输车俞 软车欠 较车交 辅车甫 铁金失 银金艮 针金十 锁金贝 钢金冈 错金昔 键金建 镜金竟 链金连 跳足兆 跑足包 路足各 踢足易 踩足采 跟足艮 距足巨 眼目艮 睡目垂 睛目青 瞎目害 盯目丁 盼目分 碰石並 破石皮 砍石欠 码石马 确石角 硬石更 研石开 砸石匝 种禾中 私禾厶 和禾口 秒禾少 税禾兑 程禾呈 科禾斗 秘禾必 积禾只 租禾且 玩王元 现王见 理王里 球王求 环王不 班王王 珠王朱 弄王廾 阴阝月 阳阝日 防阝方 院阝完 除阝余 际阝示 陈阝东 陪阝咅 队阝人 随阝随 险阝佥 降阝夅 慢忄曼 性忄生 情忄青 怕忄白 快忄夬 恨忄艮 悔忄每 惊忄京 怪忄圣 惨忄参 忙忄亡 愤忄贲 懂忄董 伤亻伤";

const halves = new Map(parts.split(" ").map((entry) => [entry[0], entry.slice(1)]));

const isHan = (text: string): boolean => /^\p{Script=Han}+$/u.test(text);

/** Runs of the same letter as one: how often a letter is written is looked at when a word was found. */
export const collapsed = (plain: string): string => plain.replace(/([a-z])\1+/g, "$1");

/** All forms of a word, the word itself first. */
export function variantsOf(word: string): Variant[] {
  const plain = foldWord(word);
  if (plain === "") return [];
  const forms: Variant[] = [{ form: plain, by: "spelling" }];
  if (isHan(plain) && plain.length >= 2 && plain.length <= 8) forms.push(...chinese(plain));
  else if (/^[a-z]{4,12}$/.test(plain) && !/\s/.test(word.trim())) forms.push(...masked(plain));
  return forms;
}

function chinese(plain: string): Variant[] {
  const characters = [...plain];
  const found: Variant[] = [];
  const split = characters.map((one) => halves.get(one) ?? one);
  if (split.some((one, i) => one !== characters[i])) {
    found.push({ form: split.join(""), by: "split-character" });
    for (const [i, one] of split.entries())
      if (one !== characters[i]) found.push({ form: characters.map((other, j) => (j === i ? one : other)).join(""), by: "split-character" });
  }
  const sounds = characters.map(soundOf);
  if (sounds.every((sound) => sound !== undefined)) {
    const written = sounds.map((sound) => foldWord(sound));
    if (written.join("").length >= 4) found.push({ form: written.join(""), by: "pinyin" });
    for (const [i, sound] of written.entries()) found.push({ form: characters.map((other, j) => (j === i ? sound : other)).join(""), by: "pinyin" });
  }
  return found;
}

// "f*ck": the vowel is not there, a mark is. "f**k": only the ends are.
function masked(plain: string): Variant[] {
  const found = [...plain.matchAll(/(?<=.)[aeiou](?=.)/g)].map(({ index }) => ({
    form: plain.slice(0, index) + plain.slice(index + 1),
    by: "masked" as const,
  }));
  return [...found, { form: plain[0] + plain.at(-1), by: "masked" }];
}

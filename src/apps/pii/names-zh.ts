// Names of people in Chinese: labels, forms of address, and words that jieba tags as names, each beginning with a surname. Knows no English.
import type { ChineseSegmenter } from "../../text/index.ts";
import { compoundSurnames, surnames } from "./name-lists.ts";
import type { PiiMatch } from "./types.ts";

const surname = `(?:${compoundSurnames}|[${surnames}])`;
const han = "[\\u4e00-\\u9fff]";
const notAfter = "(?![的是在了和与及到于不会有要也都说被把给对从向为中上下号日月年元万])";
const given = `${notAfter}${han}(?:${notAfter}${han})?`;
// Without a cue, only the commonest surnames are taken for ones: 和, 水 or 车 begin other words far more often.
const commonSurname = `(?:${compoundSurnames}|[${surnames.slice(0, 140)}傅萧])`;
const role =
  "(?:先生|女士|小姐|太太|老师|医生|大夫|护士|教授|律师|法官|经理|总监|主任|校长|局长|院长|处长|科长|书记|警官|师傅|同学|同志|博士|阿姨|叔叔|主管|助理|会计|董事长|总经理|总)";
const label =
  "(?:姓名|名字|联系人|收件人|收货人|寄件人|患者|病人|主治医[师生]|医[师生]签[字名]|经办人|负责人|法定代表人|法人代表|法人|申请人|被申请人|原告|被告|委托人|代理人|投诉人|车主|业主|房东|租客|司机|持卡人|户名|开户人|承租人|出租人|甲方|乙方|签[字名]|监护人|家属|紧急联系人|学生|员工|客户|用户|作者|记者|编辑|当事人|证人|嫌疑人)";
const patterns: readonly (readonly [string, RegExp, number])[] = [
  [
    "name-zh-label",
    new RegExp(`${label}(?:姓名|名称)?(?:[（(][^）)]{1,8}[）)])?\\s*(?:[:：]|是|为)\\s*(${surname}${han}{1,2}(?!${han})|${surname}${given})`, "dg"),
    0.9,
  ],
  [
    "name-zh-label",
    new RegExp(
      `(?:患者|原告|被告|被告人|申请人|犯罪嫌疑人|证人|被害人|上诉人|学生|记者|客户|联系)(${surname}${given})(?=[，,。、；：:（(\\s\\d]|男|女|于|因|在|向|与|系|的|称|表示|$)`,
      "dg",
    ),
    0.75,
  ],
  [
    "name-zh-introduced",
    new RegExp(
      `(?:我叫|我是|他叫|她叫|名叫|叫做|本人|我的名字是|我的名字叫)(${surname}${han}{1,2}(?!${han})|${surname}${given}(?=[，,。！!、\\s]|$)|${surname}${given})`,
      "dg",
    ),
    0.85,
  ],
  [
    "name-zh-role",
    new RegExp(
      `(?<!${han})(${surname}${han}{0,2}?)(?=${role})|(?<=[，。、：；！？“”‘’（）\\s]|[由请找与和给叫被向对是])(${surname}${han}{0,2}?)(?=${role})`,
      "dg",
    ),
    0.8,
  ],
  ["name-zh-role", new RegExp(`(${commonSurname}${han}{1,2})(?=${role.replace("|总)", ")")})`, "dg"), 0.8],
  ["name-zh-dot", new RegExp(`(${han}{2,6}[·•]${han}{1,8}(?:[·•]${han}{1,8})?)(?!${han}{0,2}[·•])`, "dg"), 0.8],
];
const wordOfName = new RegExp(`^${commonSurname}${han}{1,2}$`);
const inSentences = /^.[是在得着了上里对会够开请到写远卖照票转子着您来去过被把就才又也]/;
const common = new Set(
  "高兴 安全 明白 和平 文明 时间 华人 包括 关于 应当 方向 白天 成功 严重 黄金 万元 金额 谢谢 高度 温度 马上 马路 毛病 石头 水平 安静 明天 花园 雷达 周末 周一 周二 周三 周四 周五 周六 周日 向前 向上 小明 阿里 成果 孔雀 和谐 黄色 白色 金色 蓝色 曲线 解决 解释 明星 盛大 时候 时代 路由 连接 连续 单位 单元 高级 高中 高新 全国 全部 全球 文字 文件 文化 文章 石油 安装 任务 任何 任意 方法 方便 程序 程度 余额 余下 顾客 管理 祝福 祝贺 古代 简单 简介 项目 都市 司机 钱包 别人 金融 卫生 卫星 成都 易感 荣誉 温馨 康复 舒适 舒服 甘肃 宁夏 宁波 安徽 江苏 江西 石家庄 米饭 车辆 车站 房间 房屋 边界 师傅 冷冻 冷静 时刻 古典 阳光 阳性 尚未 费用 欧洲 查询 查看 解放 连云港 桂林 农业 农村 农历 商品 商店 商家 商量 平台 明确 明显 党员 党委 毛巾 明智 高尔 曲奇 沙滩 胡说 胡萝 屈服 胡椒 夏威 夏天 夏季 夏令 黎明 马尼 马达 马拉 马铃 金属 金钱 金鱼 金银 石油 石灰 雷电 雷雨 江河 江湖 龙虾 白酒 白菜 叶片 花钱 方案 方式 方面 许可 许多 余地 任由 何时 何处 何必 何种 高大 高速 高温 高原 高层 高考 高烧 高血 高价 高效 高端 黄瓜 黄河 黄油 毛衣 毛笔 毛毯 钱财 于今 任期 唐人 文具 文凭 文学 文艺 史上 常见 常常 常规 万一 万里 武器 武术 武装 武汉 康熙 石头 谢绝 谢意 雷同 程式 易于 尹始 牛奶 牛肉 牛排 梅花 梅雨 蓝天 严格 严肃 严厉 孔子 孟子 庄子 老子".split(
    " ",
  ),
);

/**
 * Names of people in a Chinese text. With a segmenter that has tags, words that are names by its dictionary and its model, too.
 */
export function chineseNames(text: string, segmenter?: ChineseSegmenter): PiiMatch[] {
  const found: PiiMatch[] = [];
  for (const [rule, pattern, confidence] of patterns)
    for (const match of text.matchAll(pattern)) {
      const place = match.indices?.slice(1).find((one) => one !== undefined);
      if (place !== undefined && !common.has(text.slice(...place))) found.push({ kind: "name", rule, confidence, start: place[0], end: place[1] });
    }
  for (const { tag, text: word, start, end } of segmenter?.tag(text) ?? [])
    if (
      ((tag.startsWith("nr") && !tag.startsWith("nrt")) || tag === "x") &&
      wordOfName.test(word) &&
      !common.has(word) &&
      !common.has(word.slice(0, 2)) &&
      !inSentences.test(word)
    )
      found.push({ kind: "name", rule: tag === "x" ? "name-zh-unknown-word" : "name-zh-word", confidence: tag === "x" ? 0.6 : 0.65, start, end });
  return found;
}

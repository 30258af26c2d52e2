// The words of the Insight view.
import { defineWords, number } from "../../i18n/i18n.svelte.ts";

export const insightWords = defineWords({
  en: {
    title: "Insight",
    intro:
      "What reviews, posts or news say: aspects with praise and blame, what rises and falls, what moves the rating. Each finding has its rows, its interval and a test.",
    data: "Rows",
    choose: "Choose a table (CSV, TSV, JSON Lines)",
    sample: "Try an example",
    columns: { text: "Text", time: "Time", rating: "Rating", segment: "Segment" },
    without: "none",
    go: "Look",
    rows: (count: number) => `${number(count)} rows`,
    none: "Choose a table with a column of texts. With a time, a rating or a segment there is more to find.",
    wrong: "There is no table in this file.",
    tooMany: "The first 20,000 rows are looked at.",
    aspects: "Aspects",
    aspect: "Aspect",
    mentions: "Mentions",
    praise: "Praise",
    interval: "95 % interval",
    lines: "Lines",
    trends: "What changes over time",
    rising: "rising",
    falling: "falling",
    direction: "Direction",
    drivers: "What moves the rating",
    difference: "Difference",
    segments: "Where it is otherwise",
    segment: "Segment",
    here: "Here",
    elsewhere: "Elsewhere",
    quotes: "What is said",
    mean: "Mean rating",
    chance: (trends: number, drivers: number, segments: number) =>
      `Tested: ${trends} trends, ${drivers} drivers, ${segments} differences. What is not shown did not stand against chance; of what is shown, one in twenty may be chance.`,
    report: "Report",
    share: "Share of rows that name it",
  },
  zh: {
    title: "洞察",
    intro: "评论、帖子或新闻在说什么：各方面的褒贬、升降趋势、影响评分的因素。每项发现都附有对应的行、区间与检验。",
    data: "数据",
    choose: "选择表格（CSV、TSV、JSON Lines）",
    sample: "试试示例",
    columns: { text: "文本", time: "时间", rating: "评分", segment: "分组" },
    without: "无",
    go: "分析",
    rows: (count: number) => `共 ${number(count)} 行`,
    none: "请选择含文本列的表格。若有时间、评分或分组列，可以得到更多发现。",
    wrong: "这个文件中没有表格。",
    tooMany: "只分析前 20,000 行。",
    aspects: "各方面",
    aspect: "方面",
    mentions: "提及次数",
    praise: "好评率",
    interval: "95 % 区间",
    lines: "行号",
    trends: "随时间的变化",
    rising: "上升",
    falling: "下降",
    direction: "方向",
    drivers: "影响评分的因素",
    difference: "评分差",
    segments: "不同分组的差异",
    segment: "分组",
    here: "本组",
    elsewhere: "其他组",
    quotes: "原话",
    mean: "平均评分",
    chance: (trends: number, drivers: number, segments: number) =>
      `已检验：趋势 ${trends} 项、因素 ${drivers} 项、差异 ${segments} 项。未列出的不能排除偶然；列出的每二十项中可能有一项出于偶然。`,
    report: "报告",
    share: "提及该方面的行所占比例",
  },
});

/** Reviews that were made for this page: the battery is praised less and less, the screen is blamed in one shop. */
export function sampleRows(language: "en" | "zh"): string {
  const en = {
    battery: ["The battery is great.", "The battery is terrible."],
    screen: ["The screen is beautiful.", "The screen is awful."],
    delivery: ["Delivery was quick and the staff were friendly.", "Delivery was slow."],
    plain: "I bought it last week.",
  };
  const zh = {
    battery: ["电池很耐用。", "电池太差。"],
    screen: ["屏幕很清晰。", "屏幕太差。"],
    delivery: ["物流很快，客服很热情。", "物流很慢。"],
    plain: "上周买的。",
  };
  const words = language === "zh" ? zh : en;
  const shops = language === "zh" ? ["上海店", "成都店"] : ["Leeds", "York"];
  const rows: string[] = [];
  for (let month = 1; month <= 6; month++)
    for (let i = 0; i < 24; i++) {
      const bad = i < month * 3;
      const shop = shops[i % 2];
      const said = [
        i % 3 === 0 || bad ? words.battery[bad ? 1 : 0] : "",
        i % 4 < 2 ? words.screen[i % 2 === 1 && i % 3 !== 0 ? 1 : 0] : "",
        i % 5 === 0 ? words.delivery[i % 10 === 0 ? 0 : 1] : "",
        i % 7 === 0 ? words.plain : "",
      ].filter(Boolean);
      const rating = Math.max(1, 5 - (bad ? 3 : 0) - (i % 5 === 0 && i % 10 !== 0 ? 1 : 0));
      rows.push(`"${said.join(" ") || words.plain}",2026-0${month},${rating},${shop}`);
    }
  return `text,month,rating,shop\n${rows.join("\n")}\n`;
}

// The words of the Write view, and a table to begin with for each shipped template.
import { defineWords, number } from "../../i18n/i18n.svelte.ts";

const templatesEn: Record<string, string> = {
  weather: "Weather",
  match: "Match report",
  results: "Quarterly results",
  product: "Product",
  news: "Company news",
  restaurant: "Restaurant",
};
const templatesZh: Record<string, string> = {
  weather: "天气",
  match: "比赛战报",
  results: "季度业绩",
  product: "商品描述",
  news: "公司新闻",
  restaurant: "餐厅",
};

export const writeWords = defineWords({
  en: {
    title: "Write from data",
    intro: "A text for each row of a table, by a template. No model: every number and name comes from a cell, and says from which.",
    template: "Template",
    own: "one of my own",
    source: "The template",
    data: "Data (CSV, TSV, JSON, JSON Lines)",
    fields: (names: readonly string[]) => `Fields it knows: ${names.join(", ")}`,
    variants: "Variants a row",
    seed: "Seed",
    go: "Write",
    wrongData: "There is no table in this text: a line of column names and a row below it are the least.",
    row: (row: number, variant: number, many: boolean) => (many ? `Row ${number(row)}, variant ${number(variant)}` : `Row ${number(row)}`),
    count: (texts: number, values: number) => `${number(texts)} texts; ${number(values)} values, each with its cell`,
    all: "All texts",
    templates: templatesEn,
  },
  zh: {
    title: "数据成文",
    intro: "按模板为表格的每一行写出文本。不用模型：每个数字与名称都来自单元格，并注明出处。",
    template: "模板",
    own: "自定义模板",
    source: "模板内容",
    data: "数据（CSV、TSV、JSON、JSON Lines）",
    fields: (names: readonly string[]) => `可用字段：${names.join("、")}`,
    variants: "每行写几种",
    seed: "随机种子",
    go: "写作",
    wrongData: "这段文本中没有表格：至少需要一行列名和一行数据。",
    row: (row: number, variant: number, many: boolean) => (many ? `第 ${number(row)} 行，第 ${number(variant)} 种` : `第 ${number(row)} 行`),
    count: (texts: number, values: number) => `共 ${number(texts)} 篇；${number(values)} 个值均注明所在单元格`,
    all: "全部文本",
    templates: templatesZh,
  },
});

/** Rows to begin with, by template and language. */
export const rowsToTry: Record<string, Record<"en" | "zh", string>> = {
  weather: {
    en: "city,day,sky,low,high,rain,wind\nTurin,Monday,Sunny,9,21,10,light from the west\nBergen,Tuesday,Rainy,6,11,85,fresh from the sea",
    zh: "city,day,sky,low,high,rain,wind\n杭州,周一,晴,9,21,10,西风二级\n成都,周二,小雨,12,17,80,微风",
  },
  match: {
    en: "home,away,homeGoals,awayGoals,date,competition,attendance,venue\nLeeds,Burnley,3,0,2026-03-05,FA Cup,31250,Elland Road\nAjax,PSV,1,2,2026-03-07,league,52100,the Arena",
    zh: "home,away,homeGoals,awayGoals,date,competition,attendance,venue\n国安,申花,2,1,2026-03-05,中超,45120,工人体育场\n蓉城,海港,0,3,2026-03-07,足协杯,38800,凤凰山体育场",
  },
  results: {
    en: "company,period,revenue,priorRevenue,currency,profit,priorProfit\nNorthwind,the first quarter,12400000,10900000,EUR,1300000,900000\nContoso,the first quarter,8200000,9100000,USD,-250000,410000",
    zh: "company,period,revenue,priorRevenue,currency,profit,priorProfit\n星河科技,一季度,124000000,109000000,CNY,13000000,9000000\n远山食品,一季度,82000000,91000000,CNY,-2500000,4100000",
  },
  product: {
    en: "name,type,price,currency,colour,material\nAurora,kettle,39.9,EUR,sea green,steel\nMill,lamp,24,EUR,white,paper",
    zh: "name,type,price,currency,颜色,材质\n晨曦,水壶,199,CNY,湖绿色,不锈钢\n月白,台灯,128,CNY,白色,纸",
  },
  news: {
    en: "company,event,subject,date,place\nNorthwind,launch,a quieter turbine,2026-03-05,Porto\nContoso,award,its apprentices,2026-03-09,Leeds",
    zh: "company,event,subject,date,place\n星河科技,launch,静音风机,2026-03-05,苏州\n远山食品,award,学徒计划,2026-03-09,昆明",
  },
  restaurant: {
    en: "name,eatType,food,area,priceRange,rating,near\nThe Mill,pub,Italian,riverside,moderate,4.5,the station\nAlimentum,restaurant,Fast food,city centre,cheap,3.9,the market",
    zh: "name,eatType,food,area,priceRange,rating,near\n磨坊,餐馆,意大利菜,河边,中等,4.5,火车站\n阿里蒙,餐馆,快餐,市中心,便宜,3.9,市场",
  },
};

// Findings as a report: Markdown, HTML with charts, DOCX; each claim names its rows and its interval. Computes nothing.
import { counted, type Language, shortened } from "../../core/index.ts";
import { optionalPackage } from "../../formats/index.ts";
import { escapeSvg, linePlot } from "../../plots/index.ts";
import type { Insight } from "./analyse.ts";
import type { InsightChanges } from "./change-types.ts";
import type { Estimate } from "./statistics.ts";

/** A part of a report. */
interface Part {
  readonly title: string;
  readonly note: string;
  readonly claims: readonly { readonly text: string; readonly rows: readonly number[]; readonly quotes?: readonly string[] }[];
}

const percent = ({ value, low, high }: Estimate): string => `${(100 * value).toFixed(0)} % [${(100 * low).toFixed(0)}–${(100 * high).toFixed(0)}]`;
const plain = ({ value, low, high }: Estimate): string => `${value > 0 ? "+" : ""}${value.toFixed(2)} [${low.toFixed(2)}, ${high.toFixed(2)}]`;
const small = (p: number): string => (p < 0.001 ? "p < 0.001" : `p = ${p.toFixed(3)}`);

function partsOf(insight: Insight, language: Language): Part[] {
  const zh = language === "zh";
  const quoted = (text: string, line: number): string => `“${shortened(text, 200)}” (${zh ? "第" : "row "}${line}${zh ? " 行" : ""})`;
  return [
    {
      title: zh ? "各方面评价" : "Aspects",
      note: zh ? "好评占褒贬总数的比例，方括号内为 95% 区间。" : "Share of praise among praise and blame, with 95 % intervals.",
      claims: insight.aspects.map(({ aspect, mentions, praise, rows, quotes }) => ({
        text: zh
          ? `${aspect}：提及 ${mentions} 次，好评 ${percent(praise)}`
          : `${aspect}: ${counted(mentions, "mention")}, praise ${percent(praise)}`,
        rows,
        quotes: quotes.map(({ text, line }) => quoted(text, line)),
      })),
    },
    {
      title: zh ? "趋势" : "Trends",
      note: zh
        ? `检验 ${insight.tested.trends} 项（Cochran-Armitage，错误发现率 5%）。`
        : `${insight.tested.trends} tested (Cochran-Armitage, false discovery rate 5 %).`,
      claims: insight.trends.map(({ aspect, direction, p, periods, rows }) => {
        const [first, last] = [periods[0], periods[periods.length - 1]];
        const words = zh ? (direction === "rising" ? "上升" : "下降") : direction;
        return { text: `${aspect}: ${words}, ${first.period} ${percent(first.share)} → ${last.period} ${percent(last.share)}, ${small(p)}`, rows };
      }),
    },
    {
      title: zh ? "影响评分的因素" : "What moves the rating",
      note: zh
        ? `提及该方面的评分与其余评分之差；检验 ${insight.tested.drivers} 项。`
        : `Rating of rows that mention it, less that of the others; ${insight.tested.drivers} tested. A difference is no cause.`,
      claims: insight.drivers.map(({ aspect, difference, p, rows }) => ({ text: `${aspect}: ${plain(difference)}, ${small(p)}`, rows })),
    },
    {
      title: zh ? "细分与竞品对比" : "Segments side by side",
      note: zh ? `检验 ${insight.tested.segments} 项。` : `${insight.tested.segments} tested.`,
      claims: insight.segments.map(({ segment, aspect, share, elsewhere, p, rows }) => ({
        text: `${segment} · ${aspect}: ${percent(share)} ${zh ? "，其余" : "against"} ${percent(elsewhere)}, ${small(p)}`,
        rows,
      })),
    },
    ...(insight.changes === undefined ? [] : [changesOf(insight.changes, zh)]),
  ];
}

function changesOf({ rows, mentions, praise, appeared, gone, rating, tested }: InsightChanges, zh: boolean): Part {
  const none: readonly number[] = [];
  return {
    title: zh ? "与上次相比" : "Since the report before",
    note: zh
      ? `上次共 ${rows} 行；比较 ${tested} 个方面（错误发现率 5%）。`
      : `${counted(rows, "row")} then; ${counted(tested, "aspect")} compared (false discovery rate 5 %).`,
    claims: [
      ...(rating === undefined
        ? []
        : [{ text: `${zh ? "平均评分" : "mean rating"}: ${rating.before.value.toFixed(2)} → ${rating.now.value.toFixed(2)}`, rows: none }]),
      ...mentions.map((one) => ({
        text: `${one.aspect}: ${zh ? "提及" : "mentioned"} ${percent(one.before)} → ${percent(one.now)}`,
        rows: one.rows,
      })),
      ...praise.map((one) => ({ text: `${one.aspect}: ${zh ? "好评" : "praise"} ${percent(one.before)} → ${percent(one.now)}`, rows: one.rows })),
      ...(appeared.length === 0 ? [] : [{ text: `${zh ? "新出现" : "not listed before"}: ${appeared.join(zh ? "、" : ", ")}`, rows: none }]),
      ...(gone.length === 0 ? [] : [{ text: `${zh ? "不再出现" : "no more listed"}: ${gone.join(zh ? "、" : ", ")}`, rows: none }]),
    ],
  };
}

const titleOf = (language: Language): string => (language === "zh" ? "洞察报告" : "Insight report");
const headOf = ({ rows, ratings }: Insight, language: Language): string =>
  `${language === "zh" ? `共 ${rows} 行` : counted(rows, "row")}${ratings === undefined ? "" : language === "zh" ? `，平均评分 ${ratings.mean.value.toFixed(2)}` : `, mean rating ${ratings.mean.value.toFixed(2)}`}`;
// " (rows 1, 2 …)"; nothing for a claim on all of them.
const rowsWord = (rows: readonly number[], language: Language): string => (rows.length === 0 ? "" : ` (${rowsNamed(rows, language)})`);
const rowsNamed = (rows: readonly number[], language: Language): string =>
  `${language === "zh" ? "行" : "rows"} ${rows.slice(0, 12).join(", ")}${rows.length > 12 ? " …" : ""}`;
const nothing = (language: Language): string => (language === "zh" ? "没有经得起检验的发现。" : "Nothing stands against chance.");
const marked = (text: string): string => text.replace(/[\\`*_[\]<>|#]/g, "\\$&").replace(/\n/g, " ");

/**
 * The report as Markdown.
 *
 * @example
 * const insight = await analyseRows([1, 2, 3].map((line) => ({ line, text: "The battery is great." })));
 * insightMarkdown(insight, "en").includes("battery: 3 mentions"); // true
 */
export function insightMarkdown(insight: Insight, language: Language): string {
  const parts = partsOf(insight, language).map(({ title, note, claims }) => {
    const lines = claims.flatMap(({ text, rows, quotes = [] }) => [
      `- ${marked(text)}${rowsWord(rows, language)}`,
      ...quotes.map((quote) => `  - ${marked(quote)}`),
    ]);
    return `## ${title}\n\n${note}\n\n${lines.length === 0 ? nothing(language) : lines.join("\n")}\n`;
  });
  return `# ${titleOf(language)}\n\n${headOf(insight, language)}\n\n${parts.join("\n")}`;
}

/**
 * The report as one HTML page with its charts; nothing is loaded from elsewhere.
 *
 * @example
 * const insight = await analyseRows([1, 2, 3].map((line) => ({ line, text: "The <b>battery</b> is great." })));
 * insightHtml(insight, "en").includes("<b>battery"); // false
 */
export function insightHtml(insight: Insight, language: Language): string {
  const charts = insight.trends.slice(0, 6).map(({ aspect, periods }) =>
    linePlot({
      title: aspect,
      xLabel: language === "zh" ? "时期" : "period",
      yLabel: language === "zh" ? "提及比例" : "share of rows",
      series: [{ name: aspect, points: periods.map(({ share }, i) => [i + 1, share.value] as const) }],
      dots: true,
    }),
  );
  const parts = partsOf(insight, language).map(({ title, note, claims }, i) => {
    const items = claims.map(
      ({ text, rows, quotes = [] }) =>
        `<li>${escapeSvg(text)} <small>${rowsWord(rows, language)}</small>${quotes.map((quote) => `<br><q>${escapeSvg(quote)}</q>`).join("")}</li>`,
    );
    return `<h2>${title}</h2><p>${escapeSvg(note)}</p>${i === 1 ? charts.join("") : ""}${items.length === 0 ? `<p>${nothing(language)}</p>` : `<ul>${items.join("")}</ul>`}`;
  });
  const style = "body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}small{color:#666}q{color:#444}";
  return `<!doctype html><html lang="${language}"><meta charset="utf-8"><title>${titleOf(language)}</title><style>${style}</style><h1>${titleOf(language)}</h1><p>${headOf(insight, language)}</p>${parts.join("")}</html>\n`;
}

/**
 * The report as a DOCX file. Errors: E_PACKAGE_MISSING without docx.
 *
 * @example
 * const insight = await analyseRows([{ text: "The screen is great." }, { text: "The screen is awful." }]);
 * (await insightDocx(insight, "en")).length > 1000; // true
 */
export async function insightDocx(insight: Insight, language: Language): Promise<Uint8Array> {
  const { Document, HeadingLevel, Packer, Paragraph } = await optionalPackage(
    "docx@9.15.2",
    { en: "DOCX files", zh: "生成 DOCX 文件" },
    () => import("docx"),
  );
  const children = [new Paragraph({ text: titleOf(language), heading: HeadingLevel.TITLE }), new Paragraph(headOf(insight, language))];
  for (const { title, note, claims } of partsOf(insight, language)) {
    children.push(new Paragraph({ text: title, heading: HeadingLevel.HEADING_1 }), new Paragraph(note));
    if (claims.length === 0) children.push(new Paragraph(nothing(language)));
    for (const { text, rows } of claims) children.push(new Paragraph({ text: `${text}${rowsWord(rows, language)}`, bullet: { level: 0 } }));
  }
  return Packer.toBuffer(new Document({ sections: [{ children }] }));
}

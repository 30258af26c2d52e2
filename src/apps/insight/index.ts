// insight: what rows of texts say, with rows, intervals and tests.
export {
  type AspectFinding,
  analyseRows,
  type DriverFinding,
  type Insight,
  type InsightOptions,
  type InsightRow,
  type SegmentFinding,
  type TrendFinding,
} from "./analyse.ts";
export type { InsightChange, InsightChanges } from "./change-types.ts";
export { changesSince, parseInsight } from "./changes.ts";
export { type InsightColumns, insightPeriod, readInsightRows } from "./read.ts";
export { insightDocx, insightHtml, insightMarkdown } from "./report.ts";
export { averageOf, differenceOf, type Estimate, shareOf, standing, trendOf, twoSided } from "./statistics.ts";

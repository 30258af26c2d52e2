// Errors of metrics: what cannot be scored, and which row is at fault. Rows are counted from 0.
import type { Catalogue, Phrase } from "./entry.ts";

/** Codes and their parameters. `at` is a place such as "predicted[2]", `row` the number in it. */
export interface MetricErrors {
  E_METRIC_LENGTH: { what: string; got: number; other: string; expected: number; row: number };
  E_METRIC_EMPTY: { what: string };
  E_METRIC_NUMBER: { at: string; row: number; value: string; allowed: Phrase };
  E_METRIC_LABEL: { at: string; row: number; label: string; labels: string };
  E_METRIC_ROW: { at: string; row: number; why: Phrase };
}

const data = { exit: 65, status: 400, type: "invalid_request_error" };

/** Exit code, HTTP status and words of each. */
export const metricErrors: Catalogue<MetricErrors> = {
  E_METRIC_LENGTH: {
    ...data,
    en: {
      message: "{what} has {got} rows, {other} has {expected}: row {row} (counted from 0) has no partner.",
      hint: "Score the same examples on both sides, in the same order.",
    },
    zh: {
      message: "{what} 有 {got} 行，{other} 有 {expected} 行：第 {row} 行（从 0 计数）没有对应项。",
      hint: "请确保两侧为相同的样本且顺序一致。",
    },
  },
  E_METRIC_EMPTY: {
    ...data,
    en: { message: "There is nothing to score: {what} is empty.", hint: "Give at least one row." },
    zh: { message: "没有可评分的内容：{what} 为空。", hint: "请至少提供一行。" },
  },
  E_METRIC_NUMBER: {
    ...data,
    en: { message: "{at} is {value}; allowed: {allowed}.", hint: "Look where this number comes from; leave the row out if it has no value." },
    zh: { message: "{at} 为 {value}；允许：{allowed}。", hint: "请检查该数值的来源；若该行没有数值，请将其去掉。" },
  },
  E_METRIC_LABEL: {
    ...data,
    en: { message: "{at} is {label}, which is none of the labels: {labels}.", hint: "Correct the row, or add the label to the list." },
    zh: { message: "{at} 为 {label}，不在标签列表中：{labels}。", hint: "请更正该行，或将此标签加入列表。" },
  },
  E_METRIC_ROW: {
    ...data,
    en: { message: "{at} cannot be scored: {why}.", hint: "Correct the row, or leave it out on both sides." },
    zh: { message: "{at} 无法评分：{why}。", hint: "请更正该行，或在两侧同时去掉它。" },
  },
};

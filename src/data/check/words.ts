// A check in words, English or Chinese: what was found, the worst first. Knows no terminals.
import { counted, type Language } from "../../core/index.ts";
import type { Script } from "./measure.ts";
import type { CheckReport, DuplicateReport, FileReport, Lengths } from "./types.ts";

const LABELS_SHOWN = 12;
/** The column of the labels where none is named. */
const LABEL = "label";

const scriptsInChinese: Readonly<Record<Script | "none", string>> = {
  none: "无文字",
  Latin: "拉丁字母",
  Han: "汉字",
  Kana: "假名",
  Hangul: "谚文",
  Cyrillic: "西里尔字母",
  Arabic: "阿拉伯字母",
  Greek: "希腊字母",
  Hebrew: "希伯来字母",
  Thai: "泰文",
  Devanagari: "天城文",
  other: "其他",
};

/**
 * The report of a check as lines of text.
 *
 * @example
 * await writeFile("some.csv", "text,label\nInk,1\nInk,1\nStone,0\n");
 * describeCheck(await checkData(["some.csv"]), "en").split("\n")[0]; // "3 rows in 1 file"
 */
export function describeCheck(report: CheckReport, language: Language): string {
  const say = (en: string, zh: string): string => (language === "en" ? en : zh);
  const { rows, files, duplicates, nearDuplicates, characters, words, scripts, broken, imbalance, manyLabels } = report;
  const number = (value: number): string => value.toLocaleString("en-US", { maximumFractionDigits: 1 });
  const share = (part: number): string => `${((100 * part) / rows).toFixed(1)} %`;

  const colon = say(": ", "：");
  const repeats = (found: DuplicateReport, between: [string, string], within: [string, string]): string[] => [
    `${say(...between)}${number(found.between)} (${share(found.between)})`,
    ...found.leaks.map(({ from, to, rows: count }) =>
      say(`  ${counted(count, "row")} of ${to} also in ${from}`, `  ${to} 中有 ${number(count)} 行也出现在 ${from}`),
    ),
    `${say(...within)}${number(found.within)} (${share(found.within)})`,
    ...found.examples.map(({ first, again }) => `  ${again.file}:${again.line} = ${first.file}:${first.line}`),
  ];
  const lengths = ({ min, median, mean, p95, max }: Lengths): string =>
    say(
      `${number(min)} to ${number(max)}, median ${number(median)}, mean ${number(mean)}, 95 % at most ${number(p95)}`,
      `${number(min)} 至 ${number(max)}，中位数 ${number(median)}，平均 ${number(mean)}，95 % 不超过 ${number(p95)}`,
    );
  const fileLine = ({ file, rows: count, empty, unlabelled, broken: bad }: FileReport): string => {
    const faults: [number, string, string][] = [
      [bad, "broken", "损坏"],
      [empty, "without text", "无文本"],
      [unlabelled, "without label", "无标签"],
    ];
    const told = faults.filter(([some]) => some > 0).map(([some, en, zh]) => say(`${number(some)} ${en}`, `${zh} ${number(some)} 行`));
    return `  ${file}${colon}${[say(counted(count, "row"), `${number(count)} 行`), ...told].join(say(", ", "，"))}`;
  };
  const labelLine = ({ file, labels, rows: count }: FileReport): string[] => {
    const all = Object.entries(labels).sort(([, a], [, b]) => b - a);
    if (all.length === 0) return [];
    const shown = all.slice(0, LABELS_SHOWN).map(([label, some]) => `${label} ${number(some)} (${((100 * some) / count).toFixed(1)} %)`);
    const more = all.length > LABELS_SHOWN ? [say(`and ${all.length - LABELS_SHOWN} more`, `另有 ${all.length - LABELS_SHOWN} 个`)] : [];
    return [`  ${file}${colon}${[...shown, ...more].join(" · ")}`];
  };
  const labelLines = files.flatMap(labelLine);

  return [
    say(`${counted(rows, "row")} in ${counted(files.length, "file")}`, `${files.length} 个文件，共 ${number(rows)} 行`),
    ...files.map(fileLine),
    "",
    ...(broken.count === 0 ? [] : [say(`Broken rows, left out: ${number(broken.count)}`, `已跳过的损坏的行：${number(broken.count)}`)]),
    ...broken.examples.map((words_) => `  ${words_[language]}`),
    ...repeats(duplicates, ["Leaks between files (same text): ", "文件之间的泄漏（文本相同）："], ["Repeats within a file: ", "文件内部的重复："]),
    ...(duplicates.conflicting > 0
      ? [say(`Same text, another label: ${counted(duplicates.conflicting, "row")}`, `文本相同但标签不同：${number(duplicates.conflicting)} 行`)]
      : []),
    ...(duplicates.compared < 1
      ? [
          say(
            `These counts are estimates from 1/${1 / duplicates.compared} of the texts.`,
            `以上计数由 1/${1 / duplicates.compared} 的文本估计而来。`,
          ),
        ]
      : []),
    ...(nearDuplicates === undefined
      ? []
      : repeats(nearDuplicates, ["Near leaks between files: ", "文件之间的近似泄漏："], ["Near repeats within a file: ", "文件内部的近似重复："])),
    "",
    ...(labelLines.length === 0 ? [] : [say("Labels", "标签"), ...labelLines]),
    ...labelNotes(report, say),
    ...(manyLabels ? [say("  More than 10,000 labels: is this the column of the labels?", "  标签超过 10,000 个：这是标签列吗？")] : []),
    ...(imbalance === undefined ? [] : [say(`  most frequent : rarest = ${number(imbalance)} : 1`, `  最多与最少之比为 ${number(imbalance)} : 1`)]),
    `${say("Characters: ", "字符数：")}${lengths(characters)}`,
    `${say("Words (Han and Kana by character): ", "词数（汉字与假名按字计）：")}${lengths(words)}`,
    `${say("Scripts: ", "书写系统：")}${Object.entries(scripts)
      .map(([script, count]) => `${say(script, scriptsInChinese[script as Script | "none"] ?? script)} ${number(count)} (${share(count)})`)
      .join(" · ")}`,
  ].join("\n");
}

// What is odd about the column of labels: that there is none, or that some look like one.
function labelNotes({ files, alike = [] }: CheckReport, say: (en: string, zh: string) => string): string[] {
  const missing = files.flatMap(({ columns }) => (columns === undefined ? [] : [columns]));
  return [
    ...missing.map((names) =>
      say(
        `No column "${LABEL}": the columns are ${names.map((name) => JSON.stringify(name)).join(", ")}.`,
        `没有“${LABEL}”列：已有的列为 ${names.map((name) => `“${name}”`).join("、")}。`,
      ),
    ),
    ...alike.map((group) =>
      say(
        `  These labels look like one: ${group.map((label) => JSON.stringify(label)).join(", ")}`,
        `  这些标签看起来是同一个：${group.map((label) => `“${label}”`).join("、")}`,
      ),
    ),
  ];
}

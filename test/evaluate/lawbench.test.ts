// LawBench's articles and crimes: how numbers are read, and what an answer is worth.
import { describe, expect, it } from "vitest";
import { evaluationTask } from "#evaluate";
import { articlesIn } from "../../dist/evaluate/tasks/writing/lawbench.js";

async function worth(task: string, answers: readonly string[], said: string) {
  const rows = answers.map((answer) => ({ instruction: "请回答。", question: "事实：甲偷了一方砚。", answer }));
  const none = async () => [];
  const [question] = await evaluationTask(task).load({ json: async () => rows, rows: none, lines: none, list: none });
  const asked = question.ask("");
  if (asked.kind !== "write") throw new Error("it is not written");
  return (await asked.judge(said)).values["f1"];
}

describe("LawBench", () => {
  it("reads articles in digits and in Chinese, alone and in lists, each once", () => {
    const cases: readonly (readonly [string, readonly number[]])[] = [
      ["刑法第264条", [264]],
      ["依照《刑法》第二百六十四条、第六十七条第三款", [264, 67]],
      ["刑法第234、275条", [234, 275]],
      ["第一百一十二条，第十七条，第20条，第一百零三条", [112, 17, 20, 103]],
      ["第264条和第264条", [264]],
      ["没有法条 264", []],
    ];
    for (const [text, numbers] of cases) expect(articlesIn(text), text).toEqual(numbers);
  });

  it("gives F1 of what is said to what is right", async () => {
    expect(await worth("lawbench-3-1", ["法条:刑法第234、275条"], "[法条]刑法第二百三十四条")).toBeCloseTo(2 / 3);
    expect(await worth("lawbench-3-1", ["法条:刑法第264条"], "我不知道")).toBe(0);
    const crimes = ["罪名:故意伤害;盗窃", "罪名:诈骗"];
    expect(await worth("lawbench-3-3", crimes, "[罪名]盗窃;诈骗")).toBeCloseTo(1 / 2);
    expect(await worth("lawbench-3-3", crimes, "[罪名]盗窃;故意伤害")).toBe(1);
  });
});

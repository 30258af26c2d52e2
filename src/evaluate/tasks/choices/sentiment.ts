// Good or bad, from few examples: SST-2 (Socher et al. 2013) and ChnSentiCorp (Tan et al.), examples from the train parts.
import { InkstoneError } from "../../../core/index.ts";
import { chooseQuestion } from "../choose.ts";
import { indexOf, textOf } from "../fields.ts";
import type { EvaluationTask, Question, TaskFiles } from "../task.ts";

const english = async (files: TaskFiles, part: "train" | "dev"): Promise<readonly Question[]> =>
  (await files.lines(`classification/sst2/${part}.tsv`)).map((line) => {
    const [sentence, label, ...more] = line.split("\t");
    if (label === undefined || more.length > 0)
      throw new InkstoneError("E_DATA_SHAPE", { where: "sst2", why: { en: "a row is not sentence and label", zh: "有一行不是“句子、标签”" } });
    const context = `${sentence}\nQuestion: Is this sentence positive or negative?\nAnswer:`;
    return chooseQuestion({ context, choices: ["negative", "positive"], right: indexOf({ label }, "label", 2) });
  });

/** Sentences of film reviews. */
export const sst2: EvaluationTask = {
  name: "sst-2",
  title: { en: "SST-2: sentiment of sentences", zh: "SST-2：英文句子情感" },
  language: "en",
  needs: "score",
  metric: "acc",
  load: (files) => english(files, "dev"),
  loadExamples: (files) => english(files, "train"),
};

const chinese = async (files: TaskFiles, part: "train" | "dev"): Promise<readonly Question[]> =>
  (await files.rows(`classification/chnsenticorp/${part}.tsv`)).map((row) => {
    const context = `评论：${textOf(row, "text_a")}\n问题：这条评论是正面的还是负面的？\n回答：`;
    return chooseQuestion({ context, choices: ["负面", "正面"], right: indexOf(row, "label", 2), delimiter: "" });
  });

/** Reviews of hotels, books and notebooks. */
export const chnsenticorp: EvaluationTask = {
  name: "chnsenticorp",
  title: { en: "ChnSentiCorp: sentiment of reviews, Chinese", zh: "ChnSentiCorp：中文评论情感" },
  language: "zh",
  needs: "score",
  metric: "acc",
  load: (files) => chinese(files, "dev"),
  loadExamples: (files) => chinese(files, "train"),
};

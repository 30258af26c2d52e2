// Exams by subject, four choices by letter: MMLU (Hendrycks et al. 2021) and CMMLU (Li et al. 2023).
import { chooseQuestion } from "../choose.ts";
import { indexOf, textOf } from "../fields.ts";
import type { EvaluationTask, Question, TaskFiles } from "../task.ts";

const letters = ["A", "B", "C", "D"];
const sheet = (question: string, choices: readonly string[], answer: string) =>
  `${question}\n${choices.map((choice, i) => `${letters[i]}. ${choice}\n`).join("")}${answer}`;

async function bySubject(
  files: TaskFiles,
  folder: string,
  read: (row: Readonly<Record<string, unknown>>, subject: string) => Question,
): Promise<readonly Question[]> {
  const questions: Question[] = [];
  for (const file of await files.list(folder)) {
    const subject = file.replace(/(_dev)?\.csv$/, "");
    for (const row of await files.rows(`${folder}/${file}`)) questions.push(read(row, subject));
  }
  return questions;
}

// What is said of the subject stands before the examples.
const under = (said: string, question: Question): Question => ({ ...question, ask: (before) => question.ask(said + before) });

/** 57 subjects in English. */
export const mmlu: EvaluationTask = {
  name: "mmlu",
  title: { en: "MMLU: exams in 57 subjects", zh: "MMLU：57 个学科的英文考题" },
  language: "en",
  needs: "score",
  metric: "acc",
  examplesOfGroup: true,
  load: (files) =>
    bySubject(files, "evaluation/mmlu/dev", (row, subject) => {
      const choices = letters.map((_, i) => textOf(row, `choice${i}`));
      const context = sheet(textOf(row, "question").trim(), choices, "Answer:");
      const said = `The following are multiple choice questions (with answers) about ${subject.replaceAll("_", " ")}.\n\n`;
      return under(said, chooseQuestion({ context, choices: letters, right: indexOf(row, "answer", 4), group: subject }));
    }),
};

/** 67 subjects in Chinese. */
export const cmmlu: EvaluationTask = {
  name: "cmmlu",
  title: { en: "CMMLU: exams in 67 subjects, Chinese", zh: "CMMLU：67 个学科的中文考题" },
  language: "zh",
  needs: "score",
  metric: "acc",
  examplesOfGroup: true,
  load: (files) =>
    bySubject(files, "evaluation/cmmlu/dev", (row, subject) => {
      const choices = letters.map((letter) => textOf(row, letter));
      const right = indexOf({ answer: letters.indexOf(textOf(row, "Answer").trim()) }, "answer", 4);
      const said = `以下是关于${subject.replaceAll("_", " ")}的单项选择题，请直接给出正确答案的选项。\n\n`;
      const context = sheet(textOf(row, "Question").trim(), choices, "答案：");
      return under(said, chooseQuestion({ context, choices: letters, right, group: subject, delimiter: "" }));
    }),
};

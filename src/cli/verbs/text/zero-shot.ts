// inkstone zero-shot MODEL --labels a,b,c [TEXT | -]: labels for texts from a model that was not trained for them.
import { InkstoneError } from "../../../core/index.ts";
import { readAll } from "../../input.ts";
import { jsonOption, numberOption } from "../../options.ts";
import { shown } from "../../terminal.ts";
import type { Verb } from "../verb.ts";

interface Flags {
  readonly labels: string;
  readonly template?: string;
  readonly examples?: string;
  readonly shots: number;
  readonly json?: boolean;
}

/** The verb `zero-shot`. Errors: E_USAGE, E_INPUT_EMPTY, E_INPUT_SIZE, E_OPTION, those of `ZeroShotClassifier.open` and `readExamples`. */
export const verb: Verb = {
  name: "zero-shot",
  define(command, say, around) {
    command
      .summary(say({ en: "label texts without training", zh: "无需训练即可为文本分类" }))
      .description(
        say({
          en: "Labels from a model that was not trained for them: an encoder compares meanings, a language model says which label the text makes likelier. A few examples help both.",
          zh: "由未针对这些标签训练的模型分类：编码器比较语义，语言模型判断文本使哪个标签更可能。少量样本对两者都有帮助。",
        }),
      )
      .argument(
        "<model>",
        say({ en: "an encoder (minilm, bge-small-zh, a folder) or a language model", zh: "编码器（minilm、bge-small-zh、文件夹）或语言模型" }),
      )
      .argument("[text]", say({ en: "the text; - or none reads standard input, a text a line", zh: "文本；- 或省略时从标准输入读取，每行一条" }))
      .requiredOption("--labels <a,b,c>", say({ en: "the labels, with commas between", zh: "标签，以逗号分隔" }))
      .option("--template <sentence>", say({ en: "what an encoder compares with: a sentence with {label}", zh: "编码器用于比较的句子，含 {label}" }))
      .option("--examples <file>", say({ en: "labelled examples: columns text and label", zh: "带标签的样本：text 与 label 两列" }))
      .addOption(
        numberOption("--shots <k>", say({ en: "nearest examples in a prompt, at most", zh: "提示词中最多放入几个最相近的样本" }), {
          least: 0,
          most: 64,
          whole: true,
        }).default(4),
      )
      .addOption(jsonOption(say))
      .action(async (reference: string, given: string | undefined, { labels: listed, template, examples: file, shots, json }: Flags) => {
        const { input, output, signals } = around;
        const labels = listed.split(/[,，]/).map((label) => label.trim());
        const text = given === undefined || given === "-" ? await readAll(input) : given;
        const texts = given === undefined || given === "-" ? text.replace(/\r?\n$/, "").split(/\r\n|\n|\r/) : [text];
        if (texts.every((each) => each.trim() === "")) throw new InkstoneError("E_INPUT_EMPTY", { what: { en: "the text", zh: "文本" } });
        const { readExamples, ZeroShotClassifier } = await import("../../../pipelines/index.ts");
        const { signal } = signals;
        const { examples } = file === undefined ? { examples: undefined } : await readExamples(file, { signal });
        const classifier = await ZeroShotClassifier.open(reference, { labels, template, examples, shots, signal });
        try {
          const answers = await classifier.classifyAll(texts, { signal });
          for (const [i, answer] of answers.entries()) {
            const { label, confidence } = answer;
            output.write(
              json ? `${JSON.stringify({ text: texts[i], ...answer })}\n` : shown(`${label}  ${(confidence * 100).toFixed(1)} %\n`, output),
            );
          }
        } finally {
          await classifier.close();
        }
      });
  },
};

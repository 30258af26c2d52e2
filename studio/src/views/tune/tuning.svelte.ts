// What a fine-tuning is asked for, and what it would cost. Knows no components.
import { send } from "../../api/http.ts";
import { Task } from "../../api/task.svelte.ts";
import type { RunStatus } from "../../api/trainings.svelte.ts";

export const methods = ["lora", "qlora", "full", "dpo", "orpo"] as const;
export type Method = (typeof methods)[number];

export interface Forecast {
  rows: { train: number; validation: number; withoutAnswer: number; tooLong: number };
  tokens: number;
  answerTokens: number;
  steps: number;
  parameters: number;
  trained: number;
  memory: { total: number };
  refused: { line: number; why: "withoutAnswer" | "tooLong" }[];
  seconds: number;
}

export class Tuning {
  model: string | undefined = $state();
  method: Method = $state("lora");
  name = $state("");
  source: "text" | "feedback" = $state("text");
  text = $state("");
  form: "jsonl" | "json" | "csv" | "tsv" | "txt" = $state("jsonl");
  /** Undefined: the usual value. */
  epochs: number | undefined = $state();
  steps: number | undefined = $state();
  rank: number | undefined = $state();
  rate: number | undefined = $state();
  batch: number | undefined = $state();
  longest: number | undefined = $state();
  validation: number | undefined = $state();
  seed: number | undefined = $state();
  readonly forecast: Task<Forecast> = new Task();
  readonly start: Task<RunStatus> = new Task();

  get ofPairs(): boolean {
    return this.method === "dpo" || this.method === "orpo";
  }

  get ready(): boolean {
    return this.model !== undefined && (this.source === "feedback" || this.text.trim() !== "");
  }

  /** The request, as the server and the terminal know it. */
  get asked(): object {
    const { model, method, epochs, steps, rate: learningRate, batch, longest: maxLength, validation, seed } = this;
    const settings = { epochs, steps, rank: method === "full" ? undefined : this.rank, learningRate, batch, maxLength, validation, seed };
    const given = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined && value !== null));
    return { finetune: { model, method, ...given }, ...(this.source === "feedback" ? { feedback: true } : { text: this.text, form: this.form }) };
  }

  take(file: string, text: string): void {
    const ending = /\.(jsonl|json|csv|tsv|txt)$/i.exec(file)?.[1].toLowerCase();
    [this.text, this.form, this.source] = [text, (ending ?? "jsonl") as typeof this.form, "text"];
    this.name ||= file
      .replace(/\.\w+$/, "")
      .replaceAll(/[^\p{L}\p{N}._-]+/gu, "-")
      .slice(0, 60);
  }

  check(): Promise<Forecast | undefined> {
    return this.forecast.run((signal) => send("./v1/runs/forecast", this.asked, { signal }), { clear: true });
  }

  /** `usual`: what it is called where nothing is said. */
  begin(usual: string): Promise<RunStatus | undefined> {
    return this.start.run((signal) => send("./v1/runs", { name: this.name.trim() || usual, ...this.asked }, { signal }));
  }
}

const en = [
  ["What is an inkstone?", "A stone on which an ink stick is ground with a little water."],
  ["How is ink made from a stick?", "Grind the stick slowly on the stone, with a few drops of water."],
  ["Which brush is for small writing?", "A brush with a fine point and stiff hair, such as weasel."],
  ["How do I clean the stone?", "Rinse it with clear water at once, and never with soap."],
  ["Why is my ink pale?", "There is too much water on the stone, or it was ground too briefly."],
  ["What paper do I begin with?", "Half-sized paper: it drinks less than raw paper."],
];
const zh = [
  ["什么是砚？", "加水研磨墨锭用的石器。"],
  ["怎样磨墨？", "滴几滴清水，持墨垂直，缓缓打圈。"],
  ["小字用什么笔？", "用锋尖而有弹性的狼毫小笔。"],
  ["砚台怎样清洗？", "用后立即以清水冲洗，不用洗涤剂。"],
  ["墨色为什么太淡？", "水太多，或磨的时间不够。"],
  ["初学用什么纸？", "用半生熟宣纸，吸水较慢。"],
];
const worse = { en: "That is a long story, and there are many opinions about it.", zh: "这个问题说来话长，众说纷纭。" };

/** Rows to try it with, in the language of the page. */
export function exampleRows(language: "en" | "zh", pairs: boolean): string {
  const rows = (language === "en" ? en : zh).map(([prompt, answer]) =>
    pairs ? { prompt, chosen: answer, rejected: worse[language] } : { prompt, completion: answer },
  );
  return rows.map((row) => JSON.stringify(row)).join("\n");
}

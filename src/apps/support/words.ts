// What a support project says when it has no words of its own, in both languages. Knows no dialogue.
import type { InkstoneError, Language } from "../../core/index.ts";
import type { Emotion } from "./emotion.ts";

/** Fixed phrases of a language. */
export interface Phrases {
  readonly soothe: Readonly<Record<Emotion, string>>;
  readonly handOver: string;
  readonly stopped: string;
  readonly notThat: string;
  readonly done: string;
  readonly unknown: string;
  readonly confirm: (known: string) => string;
  readonly cannot: (error: InkstoneError, language: Language) => string;
}

/** English and Chinese. */
export const phrases: Readonly<Record<Language, Phrases>> = {
  en: {
    soothe: {
      anger: "I am sorry that this has gone wrong.",
      frustration: "I understand that this is tiring, and I am sorry.",
      sadness: "I am sorry to hear that.",
      joy: "",
      neutral: "",
    },
    handOver: "I am passing you on to a colleague, who will have our talk at hand.",
    stopped: "All right, I have stopped that. What else can I do for you?",
    notThat: "I could not make sense of that.",
    done: "That is done.",
    unknown: "I do not know the answer to that. Could you put it in other words?",
    confirm: (known) => `Shall I go ahead? ${known === "" ? "" : `(${known}) `}Please say yes or no.`,
    cannot: (error, language) => error.describe(language).message,
  },
  zh: {
    soothe: {
      anger: "非常抱歉给您带来了不好的体验。",
      frustration: "让您久等、费心了，十分抱歉。",
      sadness: "听到这个消息我也很难过。",
      joy: "",
      neutral: "",
    },
    handOver: "正在为您转接人工客服，同事会看到我们之前的对话。",
    stopped: "好的，已为您取消。还有什么可以帮您？",
    notThat: "抱歉，我没有理解这个回答。",
    done: "已办理完成。",
    unknown: "抱歉，这个问题我暂时无法回答，能换个说法吗？",
    confirm: (known) => `请确认是否继续${known === "" ? "" : `（${known}）`}？请回答“是”或“否”。`,
    cannot: (error, language) => error.describe(language).message,
  },
};

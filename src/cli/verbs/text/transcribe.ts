// inkstone transcribe FILE.wav: what is said in a sound.
import { Option } from "commander";
import type { Transcription } from "../../../generate/index.ts";
import type { Precision } from "../../../native/index.ts";
import { openWithProgress } from "../../encoder.ts";
import { jsonOption, precisionOption, threadsOption } from "../../options.ts";
import { ProgressLine, visible } from "../../terminal.ts";
import type { Verb } from "../verb.ts";

interface Options {
  readonly json?: boolean;
  readonly model?: string;
  readonly language?: string;
  readonly task?: "transcribe" | "translate";
  readonly timestamps?: boolean;
  readonly precision?: Precision;
  readonly threads?: number;
}

/** The verb `transcribe`. Errors: those of `SpeechRecognizer`. */
export const verb: Verb = {
  name: "transcribe",
  define(command, say, around) {
    const usual = say({ en: "whisper:tiny.en; whisper:base for other languages", zh: "whisper:tiny.en；其他语言为 whisper:base" });
    command
      .summary(say({ en: "what is said in a sound file", zh: "将语音文件转写为文字" }))
      .description(
        say({
          en: "Writes down what is said. WAV files are read by hand, other formats where ffmpeg is installed.",
          zh: "转写语音内容。WAV 文件直接读取；其他格式需安装 ffmpeg。",
        }),
      )
      .argument("<file>", say({ en: "a sound file", zh: "音频文件" }))
      .addOption(
        new Option("--model <m>", say({ en: "a model of speech, or a folder with model.bin", zh: "语音模型，或含 model.bin 的文件夹" })).default(
          undefined,
          usual,
        ),
      )
      .addOption(
        new Option("--language <code>", say({ en: "what is spoken, such as en or zh", zh: "所说的语言，如 en 或 zh" })).default(
          undefined,
          say({ en: "found by the model", zh: "由模型识别" }),
        ),
      )
      .addOption(
        new Option("--task <t>", say({ en: "translate writes English", zh: "translate 表示译为英语" }))
          .choices(["transcribe", "translate"])
          .default("transcribe"),
      )
      .option("--timestamps", say({ en: "tell sentences apart by their times; always so above 30 s", zh: "按时间区分句子；超过 30 秒时总是如此" }))
      .addOption(precisionOption(say))
      .addOption(threadsOption(say))
      .addOption(jsonOption(say))
      .action(async (file: string, { json, model, language, task, timestamps, ...options }: Options) => {
        const { output, signals, errors } = around;
        const { SpeechRecognizer } = await import("../../../generate/index.ts");
        const english = language === undefined || language === "en";
        const reference = model ?? (english ? "whisper:tiny.en" : "whisper:base");
        const recognizer = await openWithProgress(around, (more) => SpeechRecognizer.open(reference, { ...options, ...more }));
        const line = new ProgressLine(errors);
        try {
          const found = await recognizer.transcribe(file, {
            ...(language === undefined ? {} : { language }),
            ...(task === undefined ? {} : { task }),
            ...(timestamps === undefined ? {} : { timestamps }),
            signal: signals.signal,
            onProgress: ({ done, total }) => {
              if (total > 60) line.update(say({ en: "listening", zh: "转写中" }), done, total);
            },
          });
          line.end();
          output.write(json ? `${JSON.stringify(shown(found))}\n` : plain(found, timestamps === true));
        } finally {
          line.end();
          await recognizer.close();
        }
      });
  },
};

const shown = ({ text, language, duration, segments }: Transcription) => ({
  text,
  language,
  duration,
  segments: segments.map(({ start, end, text: words }) => ({ start, end, text: words.trim() })),
});

function plain({ text, segments }: Transcription, times: boolean): string {
  if (!times) return `${visible(text)}\n`;
  return segments.map(({ start, end, text: words }) => `[${clock(start)} – ${clock(end)}] ${visible(words.trim())}\n`).join("");
}

function clock(seconds: number): string {
  const [minutes, rest] = [Math.floor(seconds / 60), seconds % 60];
  return `${minutes}:${rest.toFixed(1).padStart(4, "0")}`;
}

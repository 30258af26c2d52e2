// The interactive chat of `run`: a prompt line with history, answers that stream, Ctrl-C that stops the answer and not the program.

import { readFile, writeFile } from "node:fs/promises";
import { createInterface, type Interface } from "node:readline";
import { Writable } from "node:stream";
import { InkstoneError, meant } from "../../core/index.ts";
import type { GenerateOptions, GenerateResult, Message, TextGenerator } from "../../generate/index.ts";
import { checkOptions, checkPrompt } from "../../generate/index.ts";
import { Quit, report } from "../report.ts";
import { tableOf } from "../table.ts";
import { dim, isTerminal, ProgressLine, type Surroundings, shown } from "../terminal.ts";
import { commandNames, commands, Lines, setOption } from "./commands.ts";
import { Paste, pasteMarks } from "./paste.ts";
import { cutNote, speedRows } from "./speeds.ts";

/** How to chat. */
export interface ChatOptions {
  readonly system?: string;
  readonly raw?: boolean;
  /** Tell after each answer what it took. */
  readonly verbose?: boolean;
  readonly options: GenerateOptions;
  /** Opens another model, for /model. Default: there is no other. */
  readonly open?: (reference: string) => Promise<TextGenerator>;
}

/**
 * Chats until `/bye`, the end of input (both return), or Ctrl-C twice at an empty prompt (throws `Quit` 130). Closes the model.
 */
export async function chat(model: TextGenerator, options: ChatOptions, around: Surroundings): Promise<void> {
  const talk = new Talk(model, options, around);
  try {
    await talk.run();
  } finally {
    await talk.close();
  }
}

class Talk {
  #model: TextGenerator;
  #options: ChatOptions;
  readonly #parts = new Lines();
  readonly #around: Surroundings;
  readonly #lines: Interface;
  readonly #paste: Paste;
  #messages: Message[] = [];
  #answering: AbortController | undefined;
  #muted = false;
  #warned = false;
  #left: Quit | undefined;
  #typed: string[] = [];
  #ended = false;
  #wake: () => void = () => undefined;

  constructor(model: TextGenerator, options: ChatOptions, around: Surroundings) {
    this.#model = model;
    this.#options = options;
    this.#around = around;
    this.#lines = createInterface({ input: around.input, output: this.#screen(), terminal: true, historySize: 200, prompt: "> " });
    this.#lines.on("SIGINT", this.#interrupt);
    this.#paste = new Paste(around.input);
    if (isTerminal(around.output)) around.output.write(pasteMarks.on);
    this.#lines.on("line", (line) => {
      const whole = this.#paste.take(line);
      if (whole === undefined) return;
      this.#typed.push(whole);
      this.#wake();
    });
    this.#lines.on("close", () => {
      this.#ended = true;
      this.#wake();
    });
    around.signals.handle((name) => (name === "SIGINT" ? this.#interrupt() : this.#leave(new Quit(143))));
    this.#clear();
  }

  async run(): Promise<void> {
    const { output, say } = this.#around;
    output.write(
      `${dim(say({ en: "/help shows commands · /clear begins anew · /bye leaves · Ctrl-C stops an answer", zh: "/help 显示命令 · /clear 重新开始 · /bye 退出 · Ctrl-C 停止回答" }), output)}\n`,
    );
    for (;;) {
      if (this.#left) throw this.#left;
      const line = await this.#ask();
      if (line === undefined) return;
      const meant = this.#parts.take(line);
      if (meant.kind === "command") {
        if (meant.name === "/bye") return;
        await this.#command(meant.name, meant.rest);
      } else if (meant.kind === "message" && meant.text.trim() !== "") await this.#answer(meant.text);
    }
  }

  async close(): Promise<void> {
    const { output } = this.#around;
    if (isTerminal(output)) output.write(pasteMarks.off);
    this.#lines.close();
    await this.#model.close();
  }

  // What cannot be done is told, and the talk goes on.
  async #command(name: string, rest: string): Promise<void> {
    const { output, errors, say, language, debug } = this.#around;
    try {
      if (name === "/clear") this.#clear();
      else if (name === "/retry") await this.#retry();
      else if (name === "/system") this.#instruct(rest);
      else if (name === "/set") this.#set(rest);
      else if (name === "/model") await this.#exchange(rest);
      else if (name === "/show")
        output.write(`${JSON.stringify({ model: this.#model.information.name, system: this.#options.system, ...this.#options.options }, null, 2)}\n`);
      else if (name === "/save") await this.#save(rest);
      else if (name === "/load") await this.#load(rest);
      else if (!commandNames.includes(name)) throw new InkstoneError("E_USAGE", { why: unknownCommand(name) });
      else output.write(tableOf(Object.entries(commands).map(([each, words]) => [each, say(words)])));
    } catch (error) {
      report(error, errors, { language, debug });
    }
  }

  #set(given: string): void {
    if (given === "verbose" || given === "quiet") {
      this.#options = { ...this.#options, verbose: given === "verbose" };
      return;
    }
    const options = setOption(this.#options.options, given);
    checkOptions(options);
    this.#options = { ...this.#options, options };
  }

  // The talk goes on; the other model reads it from its beginning.
  async #exchange(reference: string): Promise<void> {
    const { open } = this.#options;
    if (reference === "" || open === undefined)
      throw new InkstoneError("E_USAGE", { why: { en: "/model takes the name of a model.", zh: "/model 需要模型名称。" } });
    const before = this.#model;
    this.#model = await open(reference);
    await before.close();
    this.#around.output.write(`${dim(this.#model.information.name, this.#around.output)}\n`);
  }

  #instruct(system: string): void {
    this.#options = { ...this.#options, system: system === "" ? undefined : system };
    const rest = this.#messages.filter(({ role }) => role !== "system");
    this.#clear();
    this.#messages = [...this.#messages, ...rest];
  }

  async #retry(): Promise<void> {
    const last = this.#messages.findLast(({ role }) => role === "user");
    if (last === undefined) throw new InkstoneError("E_USAGE", { why: { en: "there is no question yet.", zh: "还没有问题。" } });
    this.#messages = this.#messages.slice(0, this.#messages.lastIndexOf(last));
    await this.#answer(last.content);
  }

  // Nothing is written over.
  async #save(file: string): Promise<void> {
    await writeFile(file, `${JSON.stringify({ messages: this.#messages }, null, 2)}\n`, { flag: "wx" }).catch((cause: unknown) => {
      const why = { en: `"${file}" is there already or cannot be written: give another name.`, zh: `“${file}”已存在或无法写入：请换一个名称。` };
      throw new InkstoneError("E_USAGE", { why }, { cause });
    });
  }

  async #load(file: string): Promise<void> {
    const { messages } = await readFile(file, "utf8")
      .then((text) => JSON.parse(text) as { messages: readonly Message[] })
      .catch((cause: unknown) => {
        throw new InkstoneError("E_INPUT_MISSING", { path: file }, { cause });
      });
    this.#messages = [...(checkPrompt(messages) as readonly Message[])];
  }

  // What is typed during an answer is not echoed into it.
  #screen(): Writable {
    const { output } = this.#around;
    const screen = new Writable({
      write: (piece: Buffer, _encoding, done) => {
        if (!this.#muted) output.write(piece);
        done();
      },
    });
    return Object.assign(screen, { columns: output.columns });
  }

  // What was typed ahead (or pasted) is taken line by line.
  async #ask(): Promise<string | undefined> {
    this.#lines.setPrompt(this.#parts.isOpen ? "… " : "> ");
    if (this.#typed.length === 0) this.#lines.prompt();
    while (this.#typed.length === 0 && !this.#ended) {
      await new Promise<void>((done) => {
        this.#wake = done;
      });
      if (this.#left) throw this.#left;
    }
    return this.#typed.shift();
  }

  readonly #interrupt = (): void => {
    const { output, say } = this.#around;
    if (this.#answering) {
      this.#typed = [];
      this.#parts.reset();
      this.#paste.reset();
      this.#answering.abort();
      return;
    }
    if (this.#lines.line === "" && this.#warned) {
      this.#leave(new Quit(130));
      return;
    }
    this.#warned = this.#lines.line === "";
    if (this.#warned) output.write(`\n${say({ en: "Ctrl-C again leaves, and so does /bye.", zh: "再按一次 Ctrl-C 退出，或输入 /bye。" })}\n`);
    else output.write("\n");
    this.#paste.reset();
    this.#lines.write(null, { ctrl: true, name: "u" });
    this.#lines.prompt();
  };

  #leave(quit: Quit): void {
    this.#answering?.abort();
    this.#left = quit;
    this.#wake();
  }

  #clear(): void {
    const { system } = this.#options;
    this.#messages = system === undefined ? [] : [{ role: "system", content: system }];
  }

  async #answer(line: string): Promise<void> {
    const { output, errors, language, debug } = this.#around;
    this.#warned = false;
    this.#muted = true;
    this.#answering = new AbortController();
    const before = this.#messages;
    this.#messages = [...before, { role: "user", content: line }];
    let text = "";
    let result: GenerateResult | undefined;
    const reading = new ProgressLine(errors);
    const onProgress = readingReporter(reading, this.#around);
    try {
      const input = this.#options.raw ? line : this.#messages;
      for await (const piece of this.#model.stream(input, { ...this.#options.options, onProgress, signal: this.#answering.signal })) {
        reading.end();
        output.write(shown(piece.text, output));
        text += piece.text;
        result = piece.result ?? result;
      }
    } catch (error) {
      if (!isStopped(error)) {
        this.#messages = before; // a question that could not be answered does not stay in the talk
        report(error, errors, { language, debug });
        return;
      }
    } finally {
      reading.end();
      this.#answering = undefined;
      this.#muted = false;
    }
    this.#messages = [...this.#messages, { role: "assistant", content: text }];
    this.#after(result);
  }

  #after(result: GenerateResult | undefined): void {
    const { output, say } = this.#around;
    const speed = result && `${cutNote(result, say)}${result.timings.decodeTokensPerSecond.toFixed(1)} ${say({ en: "tokens/s", zh: "词元/秒" })}`;
    output.write(
      `\n${dim(result === undefined || result.finishReason === "cancelled" ? say({ en: "(stopped)", zh: "（已停止）" }) : `(${speed})`, output)}\n`,
    );
    if (this.#options.verbose && result !== undefined) output.write(dim(tableOf(speedRows(result, say)), output));
  }
}

/** A bar while a prompt is read that takes more than a moment. */
export function readingReporter(line: ProgressLine, { errors, say }: Surroundings): ((done: number, total: number) => void) | undefined {
  if (!isTerminal(errors)) return undefined;
  const label = say({ en: "Reading", zh: "正在阅读" });
  const began = performance.now();
  return (done, total) => {
    if (performance.now() - began > 300) line.update(label, done, total);
  };
}

function unknownCommand(name: string): { en: string; zh: string } {
  const nearest = meant(name, commandNames);
  return {
    en: `there is no command "${name}"; ${nearest === undefined ? "/help shows them" : `did you mean "${nearest}"?`}`,
    zh: `没有命令“${name}”；${nearest === undefined ? "/help 显示全部命令" : `您是指“${nearest}”吗？`}`,
  };
}

const isStopped = (error: unknown): boolean =>
  (error instanceof InkstoneError && error.code === "E_CANCELLED") || (error instanceof Error && error.name === "AbortError");

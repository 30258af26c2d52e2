// How help reads: headings in the person's language, what is to be known of an option in one bracket. Knows commander and no verbs.
import type { Command, HelpConfiguration, Option } from "commander";
import type { Say } from "./options.ts";
import { displayWidth } from "./terminal.ts";

/** The layout of every help page. */
export function helpLayout(say: Say): HelpConfiguration {
  const titles: Readonly<Record<string, string>> = {
    "Usage:": say({ en: "Usage:", zh: "用法：\n " }),
    "Arguments:": say({ en: "Arguments:", zh: "参数：" }),
    "Options:": say({ en: "Options:", zh: "选项：" }),
    "Commands:": say({ en: "Verbs:", zh: "命令：" }),
  };
  return {
    displayWidth,
    boxWrap,
    styleTitle: (title) => titles[title] ?? title,
    styleUsage: (usage) => say({ en: usage.replace("[command]", "[verb]"), zh: usage.replace("[options]", "[选项]").replace("[command]", "[命令]") }),
    subcommandTerm: (command: Command) =>
      [command.name(), ...command.registeredArguments.map((one) => (one.required ? `<${one.name()}>` : `[${one.name()}]`))].join(" "),
    argumentDescription: ({ description, argChoices }) =>
      argChoices === undefined
        ? description
        : say({ en: `${description} (${argChoices.join(", ")})`, zh: `${description}（${argChoices.join("、")}）` }),
    optionDescription: (option) => {
      const notes = notesOf(option, say);
      return notes === "" ? option.description : say({ en: `${option.description} (${notes})`, zh: `${option.description}（${notes}）` });
    },
  };
}

// A line may end after any Chinese character; punctuation stays with what it follows.
function boxWrap(text: string, width: number): string {
  const lines: string[] = [];
  for (const paragraph of text.split("\n")) {
    let line = "";
    for (const piece of paragraph.match(/(?:[\u3400-\u9fff]|[^\s\u3000-\u9fff\uff00-\uff60]+|[（“])[，。、；：）”]*|\s+|./g) ?? []) {
      if (line !== "" && displayWidth(line + piece.trimEnd()) > width) {
        lines.push(line.trimEnd());
        line = "";
      }
      if (line !== "" || piece.trim() !== "") line += piece;
    }
    lines.push(line);
  }
  return lines.join("\n");
}

function notesOf(option: Option, say: Say): string {
  const given = option.defaultValueDescription ?? option.defaultValue;
  const usual = String(given ?? "") === "" ? undefined : given;
  const notes = [
    option.argChoices?.join(say({ en: ", ", zh: "、" })),
    usual === undefined ? undefined : say({ en: `default: ${usual}`, zh: `默认：${usual}` }),
    option.envVar,
  ];
  return notes.filter((note) => note !== undefined).join(say({ en: "; ", zh: "；" }));
}

/** A few lines below the help of the program: how to begin. */
export function beginning(say: Say): string {
  return say({
    en: `
To begin:
  inkstone run smollm2:135m                 chat in the terminal
  inkstone run smollm2:135m "What is ink?"  one answer
  inkstone serve                            page and API on 127.0.0.1:11435
  inkstone VERB --help                      the options of a verb`,
    zh: `
从这里开始：
  inkstone run smollm2:135m                 在终端里对话
  inkstone run smollm2:135m "What is ink?"  单次回答
  inkstone serve                            在 127.0.0.1:11435 提供网页与 API
  inkstone 命令 --help                      某个命令的选项`,
  });
}

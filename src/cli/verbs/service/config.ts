// inkstone config get|set|list: settings that stand in for variables and options.
import { Argument } from "commander";
import { InkstoneError } from "../../../core/index.ts";
import { keepSetting, readSettings, settingNames, settingsFile } from "../../settings.ts";
import { tableOf } from "../../table.ts";
import type { Verb } from "../verb.ts";

/** The verb `config`. Errors: E_USAGE, E_SETTINGS. */
export const verb: Verb = {
  name: "config",
  define(command, say, { output }) {
    command
      .summary(say({ en: "settings: get, set, list", zh: "设置：get、set、list" }))
      .description(
        say({
          en: "Keeps values for options: what is given on the command line counts first, then INKSTONE_ variables, then these.",
          zh: "保存选项的值：命令行优先，其次是 INKSTONE_ 变量，最后是这里的设置。",
        }),
      )
      .addArgument(new Argument("<what>", say({ en: "what to do: get, set, list", zh: "操作：get、set、list" })).choices(["get", "set", "list"]))
      .argument("[name]", say({ en: "a setting, such as port", zh: "设置名，如 port" }))
      .argument("[value]", say({ en: "set: its value; without one it is forgotten", zh: "set：值；不给则删除该设置" }))
      .action(async (what: "get" | "set" | "list", name: string | undefined, value: string | undefined) => {
        const extra = what === "list" ? name : what === "get" ? value : undefined;
        if (extra !== undefined)
          throw new InkstoneError("E_USAGE", {
            why:
              what === "list"
                ? { en: "config list takes no name.", zh: "config list 不接受设置名。" }
                : { en: "config get takes no value.", zh: "config get 不接受值。" },
          });
        if (what === "list") {
          const kept = readSettings();
          output.write(
            `${settingsFile()}\n${tableOf(Object.entries(settingNames).map(([each, variable]) => [each, String(kept[each] ?? "-"), variable]))}`,
          );
          return;
        }
        if (name === undefined)
          throw new InkstoneError("E_USAGE", { why: { en: `config ${what} needs a name.`, zh: `config ${what} 需要设置名。` } });
        if (what === "set") return keepSetting(name, value);
        if (!Object.hasOwn(settingNames, name)) await keepSetting(name, undefined); // refuses the name
        output.write(`${readSettings()[name] ?? ""}\n`);
      });
  },
};

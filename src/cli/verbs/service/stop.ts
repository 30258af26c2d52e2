// inkstone stop MODEL: closes a model of a running server; it is opened again when it is wanted.
import { askServer } from "../../ask-server.ts";
import { shown } from "../../terminal.ts";
import type { Verb } from "../verb.ts";

/** The verb `stop`. Errors: E_SERVER_REACH, E_SERVER_REFUSED. */
export const verb: Verb = {
  name: "stop",
  define(command, say, { output }) {
    command
      .summary(say({ en: "close a model of a running server", zh: "关闭运行中服务器的模型" }))
      .description(
        say({
          en: "Closes a model that `inkstone serve` has open, once nobody uses it. The next request opens it again.",
          zh: "在无人使用时关闭 `inkstone serve` 已打开的模型。下一次请求会重新打开它。",
        }),
      )
      .argument("<model>", say({ en: "its name, as `inkstone ps` shows it", zh: "`inkstone ps` 显示的名称" }))
      .action(async (model: string) => {
        await askServer("/api/generate", { model, keep_alive: 0 });
        output.write(
          `${say({ en: `${shown(model, output)} is closed when nobody uses it.`, zh: `${shown(model, output)} 将在无人使用时关闭。` })}\n`,
        );
      });
  },
};

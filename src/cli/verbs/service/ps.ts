// inkstone ps: what a running server of this machine has open.
import { askServer } from "../../ask-server.ts";
import { jsonOption } from "../../options.ts";
import { tableOf } from "../../table.ts";
import { shown } from "../../terminal.ts";
import type { Verb } from "../verb.ts";

interface Open {
  readonly name: string;
  readonly kind: string;
  readonly users: number;
  readonly expires_at: string;
}

/** The verb `ps`. Errors: E_SERVER_REACH, E_SERVER_REFUSED. */
export const verb: Verb = {
  name: "ps",
  define(command, say, { output }) {
    command
      .summary(say({ en: "what a running server has open", zh: "运行中的服务器已打开的模型" }))
      .description(say({ en: "Lists the models that `inkstone serve` has open on this machine.", zh: "列出本机 `inkstone serve` 已打开的模型。" }))
      .addOption(jsonOption(say))
      .action(async ({ json }: { json?: boolean }) => {
        const { models } = (await askServer("/api/ps")) as { models: readonly Open[] };
        if (json) {
          output.write(`${JSON.stringify(models)}\n`);
          return;
        }
        const head = [
          say({ en: "NAME", zh: "名称" }),
          say({ en: "KIND", zh: "种类" }),
          say({ en: "REQUESTS", zh: "请求" }),
          say({ en: "UNTIL", zh: "保留至" }),
        ];
        const until = (time: string) => (time.startsWith("9999") ? say({ en: "the server stops", zh: "服务器停止" }) : time);
        output.write(
          tableOf([head, ...models.map(({ name, kind, users, expires_at }) => [shown(name, output), kind, String(users), until(expires_at)])]),
        );
      });
  },
};

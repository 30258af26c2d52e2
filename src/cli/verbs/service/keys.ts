// inkstone keys add|list|rm: who may call the server from elsewhere.
import { Argument } from "commander";
import { counted, InkstoneError } from "../../../core/index.ts";
import type { AccessKey, KeyScope } from "../../../store/index.ts";
import { jsonOption, numberOption } from "../../options.ts";
import { tableOf } from "../../table.ts";
import { type Surroundings, shown } from "../../terminal.ts";
import type { Verb } from "../verb.ts";

interface Flags {
  readonly routes?: readonly string[];
  readonly models?: readonly string[];
  readonly rate?: number;
  readonly tokens?: number;
  readonly json?: boolean;
}

/** The verb `keys`. Errors: E_USAGE, and those of the store. */
export const verb: Verb = {
  name: "keys",
  define(command, say, around) {
    const several = (value: string, before: readonly string[] = []) => [...before, value];
    command
      .summary(say({ en: "keys for the server: add, list, rm", zh: "服务器密钥：add、list、rm" }))
      .description(
        say({
          en: "Keys of access to `inkstone serve`, kept as digests in the data folder. A key's secret is shown once, when it is made.",
          zh: "访问 `inkstone serve` 的密钥，只以校验值形式保存在数据文件夹中。密钥内容仅在创建时显示一次。",
        }),
      )
      .addArgument(new Argument("<what>", say({ en: "what to do: add, list, rm", zh: "操作：add、list、rm" })).choices(["add", "list", "rm"]))
      .argument("[name]", say({ en: "add: what to call it; rm: its name or id", zh: "add：密钥名称；rm：名称或编号" }))
      .option("--routes <prefix>", say({ en: "it opens only addresses that begin so; may be repeated", zh: "仅允许以此开头的地址，可重复" }), several)
      .option("--models <name>", say({ en: "it opens only this model; may be repeated", zh: "仅允许此模型，可重复" }), several)
      .addOption(numberOption("--rate <n>", say({ en: "requests a minute", zh: "每分钟请求数" }), { least: 1, most: 1e6, whole: true }))
      .addOption(numberOption("--tokens <n>", say({ en: "tokens a day", zh: "每日词元数" }), { least: 1, most: 1e12, whole: true }))
      .addOption(jsonOption(say))
      .action((what: "add" | "list" | "rm", name: string | undefined, flags: Flags) => keys(what, name, flags, around));
  },
};

async function keys(what: "add" | "list" | "rm", name: string | undefined, flags: Flags, around: Surroundings): Promise<void> {
  if (what !== "list" && name === undefined)
    throw new InkstoneError("E_USAGE", { why: { en: `keys ${what} needs a name.`, zh: `keys ${what} 需要名称。` } });
  if (what === "list" && name !== undefined)
    throw new InkstoneError("E_USAGE", { why: { en: "keys list takes no name: it shows all keys.", zh: "keys list 不接受名称：它列出全部密钥。" } });
  const { openStore } = await import("../../../store/index.ts");
  await using store = await openStore();
  if (what === "list") return list(await store.keys.list(), flags, around);
  if (what === "rm") {
    await remove(store.keys, name as string, around);
    return;
  }
  const { secret, key } = await store.keys.create(name as string, scopeOf(flags));
  if (flags.json) around.output.write(`${JSON.stringify({ id: key.id, name: key.name, secret, scope: key.scope })}\n`);
  else {
    around.output.write(`${secret}\n`);
    around.errors.write(`${around.say({ en: "It is shown this once: only its digest is kept.", zh: "仅显示这一次：只保存其校验值。" })}\n`);
  }
}

function scopeOf({ routes, models, rate, tokens }: Flags): KeyScope {
  const all = { routes, models, requestsPerMinute: rate, tokensPerDay: tokens };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

async function remove(
  kept: { list(): Promise<AccessKey[]>; revoke(id: string): Promise<void> },
  wanted: string,
  { output, say }: Surroundings,
): Promise<void> {
  const open = (await kept.list()).filter(({ id, name, revoked }) => revoked === undefined && (id === wanted || name === wanted));
  if (open.length === 0) throw new InkstoneError("E_RECORD_UNKNOWN", { kind: { en: "key", zh: "密钥" }, id: wanted });
  if (open.length > 1)
    throw new InkstoneError("E_USAGE", {
      why: {
        en: `several keys have this name: give one of ${open.map(({ id }) => id).join(", ")}.`,
        zh: `有多个同名密钥，请指定编号：${open.map(({ id }) => id).join("、")}。`,
      },
    });
  await kept.revoke(open[0].id);
  output.write(`${say({ en: `${open[0].name} (${open[0].id}) opens nothing any more.`, zh: `${open[0].name}（${open[0].id}）已失效。` })}\n`);
}

function list(all: readonly AccessKey[], { json }: Flags, { output, say }: Surroundings): void {
  if (json) {
    output.write(`${JSON.stringify(all)}\n`);
    return;
  }
  const rows = [
    [
      say({ en: "ID", zh: "编号" }),
      say({ en: "NAME", zh: "名称" }),
      say({ en: "MADE", zh: "创建" }),
      say({ en: "USED", zh: "使用" }),
      say({ en: "OPENS", zh: "权限" }),
    ],
    ...all.map((key) => [key.id, shown(key.name, output), day(key.created), key.used === undefined ? "-" : day(key.used), opens(key, say)]),
  ];
  output.write(tableOf(rows));
}

const day = (time: number) => new Date(time).toISOString().slice(0, 10);

function opens({ scope, revoked }: AccessKey, say: Surroundings["say"]): string {
  if (revoked !== undefined) return say({ en: "nothing: it was removed", zh: "无：已移除" });
  const parts = [
    scope.routes?.join(" "),
    scope.models?.join(" "),
    scope.requestsPerMinute && `${scope.requestsPerMinute}/min`,
    scope.tokensPerDay && say({ en: `${counted(scope.tokensPerDay, "token")}/day`, zh: `每日 ${scope.tokensPerDay} 词元` }),
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? say({ en: "everything", zh: "全部" }) : parts.join(", ");
}

// What a command line asks to be served, once it is known what its models, paths and folders are. Opens no weights.
import { basename, resolve } from "node:path";
import { InkstoneError } from "../../core/index.ts";
import type { LoadOptions } from "../../generate/index.ts";
import type { LogLevel } from "../../server/index.ts";
import type { Words } from "../language.ts";
import type { ContextFlags, EngineFlags } from "../options.ts";
import type { Surroundings } from "../terminal.ts";
import type { Offered, OfferedKind } from "./offered.ts";

/** The options of `serve`. */
export interface ServeFlags extends EngineFlags, ContextFlags {
  readonly port: number;
  readonly host: string;
  readonly model: string;
  readonly grace: number;
  readonly parallel: number;
  readonly queue: number;
  readonly perKey: number;
  readonly classifier: readonly string[];
  readonly also: readonly string[];
  readonly adapter: readonly string[];
  readonly upstream: readonly string[];
  readonly support: readonly string[];
  readonly embeddings: readonly string[];
  readonly rerank: readonly string[];
  readonly transcribe: readonly string[];
  readonly translate: readonly string[];
  readonly runs: string;
  readonly trainingData: readonly string[];
  readonly allowHost: readonly string[];
  readonly allowOrigin: readonly string[];
  readonly log: LogLevel;
}

/** A chat model and what it is called. */
export interface Chat {
  readonly name: string;
  readonly reference: string;
  /** Folders of its adapters, by name. */
  readonly adapters: Readonly<Record<string, string>>;
}

/** The options with all that is served in its place. */
export interface Plan extends ServeFlags {
  /** The first is opened at once and answers where no model is named. */
  readonly chats: readonly [Chat, ...Chat[]];
}

/** How engines are opened: as processes of their own, so that what happens to one of them happens to nothing else. */
export const engineOf = ({ precision, threads, parallel, context }: ServeFlags): LoadOptions => ({
  precision,
  threads,
  slots: parallel,
  engine: "process",
  ...(context === undefined ? {} : { contextLength: context }),
});

/** What `--adapter NAME=DIR` names. Errors: E_USAGE. */
export function adaptersOf(given: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    given.map((one) => {
      const at = one.indexOf("=");
      if (at <= 0)
        throw new InkstoneError("E_USAGE", {
          why: { en: `--adapter takes NAME=DIR, not "${one}".`, zh: `--adapter 的形式为 名称=文件夹，不是“${one}”。` },
        });
      return [one.slice(0, at), one.slice(at + 1)];
    }),
  );
}

/** Tells apart by what it is what is named before the options, and joins it with what the options name. `isModelGiven`: `--model` was typed. Errors: those of `offeredBy`; E_USAGE. */
export async function planOf(
  given: readonly string[],
  flags: ServeFlags,
  { isModelGiven }: { readonly isModelGiven: boolean },
  { errors, language }: Surroundings,
): Promise<Plan> {
  const { offeredBy } = await import("./offered.ts");
  const all: Offered[] = [];
  const isMain = isModelGiven || given.length === 0;
  for (const one of [...(isMain ? [flags.model] : []), ...given, ...flags.also]) {
    const { offered, left } = await offeredBy(one);
    all.push(...offered);
    for (const { path, why } of left) errors.write(`${basename(path)}: ${why[language]}\n`);
  }
  const say = (path: string, why: Words): void => void errors.write(`${basename(path)}: ${why[language]}\n`);
  const of = (kind: OfferedKind) => all.filter((one) => one.kind === kind);
  for (const { base = "" } of of("adapter")) if (of("chat").length === 0 && base !== "") all.push(...(await offeredBy(base)).offered);
  if (of("chat").length === 0) all.push(...(await offeredBy(flags.model)).offered);
  const chats = withAdapters(of("chat"), of("adapter"), adaptersOf(flags.adapter), say);
  const first = chats[0];
  if (first === undefined) throw new InkstoneError("E_USAGE", { why: noChat });
  const references = (kind: OfferedKind) => of(kind).map(({ reference }) => reference);
  return {
    ...flags,
    chats: [first, ...chats.slice(1)],
    embeddings: [...flags.embeddings, ...references("embeddings")],
    rerank: [...flags.rerank, ...references("rerank")],
    transcribe: [...flags.transcribe, ...references("transcribe")],
    translate: [...flags.translate, ...references("translate")],
    classifier: [...flags.classifier, ...references("classifier")],
    support: [...flags.support, ...references("support")],
  };
}

// Each adapter goes to the model that it was tuned from; where there is one model only, to that one, which refuses what does not fit.
function withAdapters(
  chats: readonly Offered[],
  adapters: readonly Offered[],
  given: Readonly<Record<string, string>>,
  say: (path: string, why: Words) => void,
): Chat[] {
  const all = chats.map(
    ({ name, reference }, i) => ({ name, reference, adapters: i === 0 ? { ...given } : {} }) as Chat & { adapters: Record<string, string> },
  );
  for (const { name, reference, base = "" } of adapters) {
    const known = [base, basename(base), resolve(base)].filter((one) => one !== "");
    const home = all.find((chat) => known.includes(chat.name) || known.includes(chat.reference)) ?? (all.length === 1 ? all[0] : undefined);
    if (home === undefined) say(reference, { en: `its model "${base}" is not served; name that, too`, zh: `未提供其基础模型“${base}”，请一并指定` });
    else home.adapters[name] = reference;
  }
  return all;
}

const noChat = { en: "--model names no chat model; name one beside the others.", zh: "--model 不是对话模型；请另外指定一个对话模型。" };

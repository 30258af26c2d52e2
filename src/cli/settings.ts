// Settings that a person keeps: a file of names and values, each standing in for an INKSTONE_ variable that is not set. Knows no verbs.
import { readFileSync } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { parse, stringify } from "smol-toml";
import { InkstoneError, meant } from "../core/index.ts";

/** Names of settings and the variables that they stand in for. */
export const settingNames: Readonly<Record<string, string>> = {
  host: "INKSTONE_HOST",
  port: "INKSTONE_PORT",
  model: "INKSTONE_MODEL",
  log: "INKSTONE_LOG",
  grace: "INKSTONE_GRACE",
  precision: "INKSTONE_PRECISION",
  threads: "INKSTONE_THREADS",
  context: "INKSTONE_CONTEXT",
  parallel: "INKSTONE_PARALLEL",
  queue: "INKSTONE_QUEUE",
  per_key: "INKSTONE_PER_KEY",
  temperature: "INKSTONE_TEMPERATURE",
  top_p: "INKSTONE_TOP_P",
  max_tokens: "INKSTONE_MAX_TOKENS",
  seed: "INKSTONE_SEED",
};

/** Settings by name. */
export type Settings = Readonly<Record<string, string | number | boolean>>;

/** Where they are kept: INKSTONE_CONFIG, else `inkstone/config.toml` in the XDG folder of configurations. */
export function settingsFile(): string {
  return process.env.INKSTONE_CONFIG || join(process.env.XDG_CONFIG_HOME || join(homedir(), ".config"), "inkstone", "config.toml");
}

/** What is kept; nothing where there is no file. Errors: E_SETTINGS for a file that is no TOML, or holds a name that is none. */
export function readSettings(file: string = settingsFile()): Settings {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return {};
  }
  let found: Record<string, unknown>;
  try {
    found = parse(text);
  } catch (cause) {
    throw new InkstoneError("E_SETTINGS", { file, why: [cause instanceof Error ? cause.message.split("\n")[0] : "-"] }, { cause });
  }
  for (const [name, value] of Object.entries(found)) {
    if (!Object.hasOwn(settingNames, name)) throw unknownSetting(name, file);
    if (!["string", "number", "boolean"].includes(typeof value))
      throw new InkstoneError("E_SETTINGS", { file, why: { en: `"${name}" is neither a text nor a number`, zh: `“${name}”既不是文本也不是数字` } });
  }
  return found as Settings;
}

/** Keeps a setting; undefined forgets it. Errors: E_SETTINGS; those of the system. */
export async function keepSetting(name: string, value: string | undefined, file: string = settingsFile()): Promise<void> {
  if (!Object.hasOwn(settingNames, name)) throw unknownSetting(name, file);
  const { [name]: _, ...others } = readSettings(file);
  const number = value === undefined || value.trim() === "" ? Number.NaN : Number(value);
  const all = value === undefined ? others : { ...others, [name]: Number.isFinite(number) ? number : value };
  await mkdir(dirname(file), { recursive: true });
  const fresh = `${file}.${process.pid}.new`;
  await writeFile(fresh, `${stringify(all)}\n`, { mode: 0o600 });
  await rename(fresh, file);
}

/** Puts settings where variables are not set. */
export function applySettings(settings: Settings): void {
  for (const [name, value] of Object.entries(settings)) process.env[settingNames[name]] ??= String(value);
}

function unknownSetting(name: string, file: string): InkstoneError {
  const nearest = meant(name, Object.keys(settingNames));
  const all = Object.keys(settingNames).join(", ");
  const en = `there is no setting "${name.slice(0, 80)}"; ${nearest === undefined ? `there is: ${all}` : `did you mean "${nearest}"?`}`;
  const zh = `没有设置“${name.slice(0, 80)}”；${nearest === undefined ? `可用：${all}` : `您是指“${nearest}”吗？`}`;
  return new InkstoneError("E_SETTINGS", { file, why: { en, zh } });
}

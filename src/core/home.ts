// Where Inkstone keeps what it keeps: folders that the environment names, read at each call. Knows nothing of what lies in them.
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { InkstoneError } from "./errors/index.ts";

// A folder that a variable names: absolute, or refused by name.
function namedFolder(variable: string): string | undefined {
  const value = process.env[variable];
  if (!value) return undefined;
  if (isAbsolute(value) && !value.includes("\0")) return value;
  throw new InkstoneError("E_ENVIRONMENT", { variable, value, allowed: { en: "an absolute path", zh: "绝对路径" } });
}

// A base folder of the XDG specification, which says that relative values are ignored.
function baseFolder(variable: string, usual: string): string {
  const value = process.env[variable];
  return value && isAbsolute(value) ? value : join(homedir(), usual);
}

/**
 * The folder of what can be had again (models): INKSTONE_HOME, else `inkstone` in the XDG cache folder. It need not exist.
 *
 * Errors: E_ENVIRONMENT for a relative INKSTONE_HOME.
 *
 * @example
 * homeFolder(); // of the user ada: "/home/ada/.cache/inkstone"
 */
export function homeFolder(): string {
  return namedFolder("INKSTONE_HOME") ?? join(baseFolder("XDG_CACHE_HOME", ".cache"), "inkstone");
}

/**
 * The folder of what cannot be had again (keys, jobs, documents): INKSTONE_DATA, else `data` in INKSTONE_HOME, else `inkstone` in the XDG data folder
 * (never in a cache, which people empty). It need not exist.
 *
 * Errors: E_ENVIRONMENT for a relative folder.
 *
 * @example
 * dataFolder(); // of the user ada: "/home/ada/.local/share/inkstone"
 */
export function dataFolder(): string {
  const home = namedFolder("INKSTONE_HOME");
  return (
    namedFolder("INKSTONE_DATA") ?? (home === undefined ? join(baseFolder("XDG_DATA_HOME", join(".local", "share")), "inkstone") : join(home, "data"))
  );
}

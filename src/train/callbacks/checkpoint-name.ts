// Names of checkpoints: Keras's "{epoch:02d}-{val_loss:.2f}". Knows no files.
import { InkstoneError, listed } from "../../core/index.ts";
import type { Logs } from "./callback.ts";

const FIELD = /\{(\w+)(?::([^{}]*))?\}/g;
const FORMAT = /^0?(\d*)(?:\.(\d+))?([dfeg]?)$/;

/**
 * Fills in the epoch, from 1, and numbers of the logs. `{epoch}`: two digits; `{name}`: four decimals; behind a colon a width and decimals as Python has them.
 *
 * Errors: `E_OPTION` for a name that is not there and a format that is none.
 *
 * @example
 * checkpointName("w-{epoch:03d}-{val_loss:.2f}", 4, { val_loss: 0.1254 }); // "w-005-0.13"
 */
export function checkpointName(pattern: string, epoch: number, logs: Logs): string {
  return pattern.replace(FIELD, (whole, name: string, format: string | undefined) => {
    if (name !== "epoch" && !Object.hasOwn(logs, name)) {
      throw new InkstoneError("E_OPTION", {
        option: "filepath",
        value: whole,
        allowed: listed(["epoch", ...Object.keys(logs)].map((each) => `{${each}}`)),
      });
    }
    const value = name === "epoch" ? epoch + 1 : logs[name];
    return formatted(value, format ?? (name === "epoch" ? "02d" : ".4f"), whole);
  });
}

function formatted(value: number, format: string, whole: string): string {
  const found = FORMAT.exec(format);
  if (found === null) {
    const allowed = { en: "formats like {epoch:02d} and {val_loss:.2f}", zh: "形如 {epoch:02d}、{val_loss:.2f} 的格式" };
    throw new InkstoneError("E_OPTION", { option: "filepath", value: whole, allowed });
  }
  const [, width, decimals, kind] = found;
  const digits = decimals === undefined ? 6 : Number(decimals);
  const text =
    kind === "d" || (kind === "" && decimals === undefined)
      ? String(Math.round(value))
      : kind === "e"
        ? value.toExponential(digits)
        : value.toFixed(digits);
  return text.padStart(Number(width), format.startsWith("0") ? "0" : " ");
}

/** Checks a pattern before anything is trained. `names`: those that logs will have. Errors: `E_OPTION`. */
export function checkCheckpointName(pattern: string, names: readonly string[]): void {
  checkpointName(pattern, 0, Object.fromEntries(names.map((name) => [name, 0])));
}

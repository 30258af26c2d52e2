// What the surroundings say to the store: folder, hub address, offline. Reads the environment at each call; knows no models.
import { homeFolder, InkstoneError } from "../core/index.ts";

/** Events of a pull, for a progress bar. `total` is undefined while it is not known. */
export interface PullProgress {
  readonly phase: "waiting" | "connecting" | "downloading" | "unpacking" | "verifying" | "done";
  /** Where it comes from, as a person would call it. */
  readonly source: string;
  readonly received: number;
  readonly total?: number;
}

/** How to pull or resolve. */
export interface PullOptions {
  readonly onProgress?: (progress: PullProgress) => void;
  readonly signal?: AbortSignal;
  /** Milliseconds until a source counts as out of reach (default 5,000) and until a silent connection counts as cut (default 30,000). */
  readonly timeouts?: { readonly reach?: number; readonly stall?: number };
}

/**
 * The folder of the store: INKSTONE_HOME, else the XDG cache folder. It need not exist.
 *
 * @example
 * storePath(); // of the user ada: "/home/ada/.cache/inkstone"
 */
export function storePath(): string {
  return homeFolder();
}

/** The hub's address without a trailing slash: HF_ENDPOINT, else huggingface.co. Errors: E_ENVIRONMENT when it is no http(s) address. */
export function hubEndpoint(): string {
  const value = process.env.HF_ENDPOINT || "https://huggingface.co";
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== "" || url.search !== "")
    throw new InkstoneError("E_ENVIRONMENT", {
      variable: "HF_ENDPOINT",
      value: value.replace(/\/\/[^/@]*@/, "//"),
      allowed: { en: "an http or https address", zh: "http 或 https 地址" },
    });
  return value.replace(/\/+$/, "");
}

/** ModelScope's address without a trailing slash: MODELSCOPE_DOMAIN (a host, or an address), else modelscope.cn. Errors: E_ENVIRONMENT when it is no address. */
export function modelscopeEndpoint(): string {
  const value = process.env["MODELSCOPE_DOMAIN"] || "www.modelscope.cn";
  const address = value.includes("://") ? value : `https://${value}`;
  if (!URL.canParse(address) || !/^https?:$/.test(new URL(address).protocol))
    throw new InkstoneError("E_ENVIRONMENT", {
      variable: "MODELSCOPE_DOMAIN",
      value,
      allowed: { en: "a host or an http(s) address", zh: "主机名或 http(s) 地址" },
    });
  return address.replace(/\/+$/, "");
}

/** The token for the hub, HF_TOKEN; undefined without one. Errors: E_ENVIRONMENT for what can be no header. */
export function hubToken(): string | undefined {
  const value = process.env.HF_TOKEN?.trim();
  if (!value) return undefined;
  if (!/^[\x21-\x7e]{1,1000}$/.test(value))
    throw new InkstoneError("E_ENVIRONMENT", { variable: "HF_TOKEN", value: "…", allowed: { en: "a token of the hub", zh: "hub 的访问令牌" } });
  return value;
}

/** Whether INKSTONE_OFFLINE (or HF_HUB_OFFLINE) forbids the network. */
export function isOffline(): boolean {
  return [process.env.INKSTONE_OFFLINE, process.env.HF_HUB_OFFLINE].some((value) => value !== undefined && /^(1|true|yes|on)$/i.test(value));
}

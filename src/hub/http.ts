// A careful GET: one deadline for reaching the answer, redirects checked, private addresses refused unless they are the configured hub itself; through the proxy of the
// environment where there is one. Knows no models and no disk.
import { lookup as resolveName } from "node:dns";
import { type ClientRequest, request as httpRequest, type IncomingHttpHeaders, type IncomingMessage, type RequestOptions } from "node:http";
import { BlockList, isIP, type LookupFunction } from "node:net";
import { InkstoneError, type Phrase } from "../core/index.ts";
import { proxyFor, tunnel } from "./proxy.ts";

/** An answer whose body has not been read. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Headers of every answer on the way, the redirects first: hubs put the digest on the first one. */
  readonly trail: readonly IncomingHttpHeaders[];
  readonly body: IncomingMessage;
}

/** How to get. */
export interface GetOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as a bearer token to the address itself, never to where it redirects. */
  readonly token?: string;
  /** Milliseconds until the headers of the last answer must be here. The body may take its time. */
  readonly reach: number;
  readonly signal?: AbortSignal;
}

const mostRedirects = 5;

/**
 * GET with redirects. The body is left to the caller, who must read or destroy it.
 *
 * Errors: E_SOURCE when the host cannot be reached in time, redirects to a private address, from https to http, or in circles.
 */
export async function get(address: string, { reach, ...options }: GetOptions): Promise<HttpAnswer> {
  const late = new AbortController();
  const clock = setTimeout(() => late.abort(), reach);
  try {
    return await follow(new URL(address), { reach, late: late.signal, ...options });
  } finally {
    clearTimeout(clock); // the deadline is for being answered: what is read afterwards has the deadlines of its reader
  }
}

async function follow(first: URL, { headers = {}, token, reach, signal, late }: GetOptions & { readonly late: AbortSignal }): Promise<HttpAnswer> {
  const trail: IncomingHttpHeaders[] = [];
  const either = signal ? AbortSignal.any([late, signal]) : late;
  let url = first;
  for (let hop = 0; hop <= mostRedirects; hop++) {
    const sent = token !== undefined && url.origin === first.origin ? { ...headers, authorization: `Bearer ${token}` } : headers;
    const body = await request(url, first, sent, either).catch((error: unknown) => {
      signal?.throwIfAborted();
      if (error instanceof InkstoneError) throw error;
      throw unreachable(
        first,
        late.aborted ? { en: `no answer within ${reach / 1000} s`, zh: `${reach / 1000} 秒内没有应答` } : reasonOf(error),
        error,
      );
    });
    trail.push(body.headers);
    const status = body.statusCode ?? 0;
    if (![301, 302, 303, 307, 308].includes(status)) return { status, headers: body.headers, trail, body };
    body.destroy();
    url = redirected(body.headers.location, url, first);
  }
  throw unreachable(first, { en: `more than ${mostRedirects} redirects`, zh: `重定向超过 ${mostRedirects} 次` });
}

/** An E_SOURCE for a host. */
export function unreachable(url: URL, why: Phrase, cause?: unknown): InkstoneError<"E_SOURCE"> {
  return new InkstoneError("E_SOURCE", { source: url.host, why }, { cause });
}

function redirected(location: string | undefined, from: URL, first: URL): URL {
  if (location === undefined || !URL.canParse(location, from.href))
    throw unreachable(first, { en: "a redirect without an address", zh: "重定向缺少地址" });
  const to = new URL(location, from);
  if (to.protocol !== "https:" && !(to.protocol === "http:" && from.protocol === "http:"))
    throw unreachable(first, { en: `refused a redirect to ${to.protocol}//`, zh: `拒绝重定向到 ${to.protocol}//` });
  return to;
}

type Send = (url: URL, options: RequestOptions) => ClientRequest;

async function request(url: URL, first: URL, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<IncomingMessage> {
  const mayBePrivate = url.origin === first.origin;
  const literal = url.hostname.replace(/^\[|\]$/g, "");
  if (!mayBePrivate && isIP(literal) !== 0 && isPrivate(literal)) throw refused(url, first);
  const all = { "user-agent": "inkstone", accept: "*/*", "accept-encoding": "identity", ...headers };
  const proxy = proxyFor(url);
  const way = proxy === undefined ? { lookup: mayBePrivate ? undefined : publicLookup(url, first) } : await tunnel(url, proxy, signal);
  const send: Send = url.protocol === "https:" ? (await import("node:https")).request : httpRequest;
  return new Promise((done, fail) => {
    const sent = send(url, {
      ...way,
      headers: { ...all, ...("headers" in way ? way.headers : {}) },
      signal,
      agent: "createConnection" in way ? undefined : false,
    });
    sent.on("response", done);
    sent.on("error", fail);
    sent.end();
  });
}

// Checked after resolving, on the very addresses that will be dialled: a name that points inside is refused too.
function publicLookup(url: URL, first: URL): LookupFunction {
  return (hostname, options, callback) => {
    resolveName(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, "", 0);
      if (addresses.some(({ address }) => isPrivate(address))) return callback(refused(url, first), "", 0);
      if (options.all) return callback(null, addresses);
      callback(null, addresses[0].address, addresses[0].family);
    });
  };
}

const refused = (url: URL, first: URL) =>
  unreachable(first, { en: `refused a redirect to the private address ${url.host}`, zh: `拒绝重定向到私有地址 ${url.host}` });

const inside = new BlockList();
for (const [net, prefix] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["224.0.0.0", 3],
] as const)
  inside.addSubnet(net, prefix, "ipv4");
for (const [net, prefix] of [
  ["::", 127],
  ["64:ff9b::", 96],
  ["fc00::", 7],
  ["fe80::", 10],
  ["ff00::", 8],
] as const)
  inside.addSubnet(net, prefix, "ipv6");

/**
 * Whether an IP address is loopback, link-local, private, shared, multicast or otherwise not on the public internet.
 *
 * @example
 * isPrivate("169.254.169.254"); // true
 */
export function isPrivate(address: string): boolean {
  const mapped = /^::(?:ffff:)?(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
  return inside.check(mapped, isIP(mapped) === 6 ? "ipv6" : "ipv4");
}

const reasons: Readonly<Record<string, Phrase>> = {
  ENOTFOUND: { en: "its name cannot be resolved", zh: "域名无法解析" },
  EAI_AGAIN: { en: "its name cannot be resolved", zh: "域名无法解析" },
  ECONNREFUSED: { en: "it refuses connections", zh: "拒绝连接" },
  ECONNRESET: { en: "the connection was cut", zh: "连接被中断" },
  ENETUNREACH: { en: "there is no network", zh: "没有网络" },
  EHOSTUNREACH: { en: "there is no way to it", zh: "无法到达" },
  ETIMEDOUT: { en: "no answer", zh: "没有应答" },
};

/** Why a connection failed, in words. */
export function reasonOf(error: unknown): Phrase {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  return (
    reasons[code] ??
    (code === "" ? { en: "the connection failed", zh: "连接失败" } : { en: `the connection failed (${code})`, zh: `连接失败（${code}）` })
  );
}

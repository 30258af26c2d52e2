// The verbs around a running server: keys, ps, stop, config, completion; and a server that is asked for keys.
import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TextClassifier } from "#pipelines";
import { writeTinyLlama } from "../support/gguf-writer.ts";
import { until } from "../support/until.ts";
import { inkstone, start } from "./inkstone.ts";

let folder: string;
let model: string;
let env: Record<string, string>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "inkstone-service-"));
  model = writeTinyLlama(join(folder, "tiny.gguf"));
  env = { INKSTONE_DATA: join(folder, "data"), INKSTONE_CONFIG: join(folder, "config.toml") };
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("keys", () => {
  it("off this machine the server wants one, and lets in who has it", async () => {
    const refused = await inkstone(["serve", "--model", model, "--host", "0.0.0.0", "--port", "0"], { env });
    expect([refused.code, refused.err]).toEqual([78, expect.stringMatching(/E_KEYS_NEEDED.*0\.0\.0\.0/)]);
    const made = await inkstone(["keys", "add", "desk", "--rate", "60"], { env });
    const secret = made.out.trim();
    expect(secret).toMatch(/^ik-/);
    const served = start(["serve", "--model", model, "--host", "0.0.0.0", "--port", "0"], { env });
    await until(() => expect(served.out()).toMatch(/needs a key/));
    const port = /:(\d+)\//.exec(served.out())?.[1];
    const statuses = [];
    for (const authorization of ["", `Bearer ${secret}`])
      statuses.push((await fetch(`http://127.0.0.1:${port}/v1/models`, { headers: { authorization } })).status);
    expect(statuses).toEqual([401, 200]);
    served.signal("SIGTERM");
    expect((await served.done).code).toBe(0);
    expect((await inkstone(["keys", "list"], { env })).out).toMatch(/NAME.*\n.*desk.*60\/min/);
    expect((await inkstone(["keys", "rm", "desk"], { env })).code).toBe(0);
    expect((await inkstone(["keys", "rm", "desk"], { env })).code).not.toBe(0);
    expect((await inkstone(["keys", "list"], { env })).out).not.toContain(secret);
  });
});

describe("serve", () => {
  it("offers each of a folder of several by its name and kind, and says what it leaves out", async () => {
    const many = join(folder, "many");
    for (const name of ["tuned", "words", "tagger", "shelf/one", "shelf/two", "empty"]) await mkdir(join(many, name), { recursive: true });
    writeTinyLlama(join(many, "ink.gguf"));
    for (const shelf of ["one", "two"]) writeTinyLlama(join(many, "shelf", shelf, "stone.gguf"));
    await writeFile(join(many, "notes.txt"), "no model");
    await writeFile(join(many, "broken.json"), "{");
    await writeFile(join(many, "tuned", "adapter_config.json"), JSON.stringify({ base_model_name_or_path: "nobody/served" }));
    await writeFile(join(many, "words", "config.json"), JSON.stringify({ model_type: "bert", architectures: ["BertModel"] }));
    await writeFile(join(many, "tagger", "config.json"), JSON.stringify({ model_type: "bert", architectures: ["BertForTokenClassification"] }));
    const classifier = new TextClassifier({ model: "naive-bayes" });
    await classifier.fit(["good ink", "fine stone", "bad pen", "poor paper"], ["yes", "yes", "no", "no"]);
    await classifier.save(join(many, "judge.json"));
    const served = start(["serve", many, "--port", "0", "-c", "128", "--per-key", "72"], { env });
    await until(() => expect(served.out()).toMatch(/Page/));
    expect(served.out()).toMatch(/Model +ink .*\nAlso +shelf\/one\/stone, shelf\/two\/stone, judge, words\n/);
    expect(served.err()).toMatch(/^tagger: a BertForTokenClassification is served once/m);
    expect(served.err()).toMatch(/^tuned: its model "nobody\/served" is not served/m);
    const address = /http\S+(?=\/v1)/.exec(served.out())?.[0];
    const list = (await (await fetch(`${address}/v1/models`)).json()) as { data: { id: string; inkstone: { kind: string } }[] };
    const kinds = Object.fromEntries(list.data.map(({ id, inkstone: { kind } }) => [id, kind]));
    expect(kinds).toMatchObject({ ink: "chat", "shelf/one/stone": "chat", "shelf/two/stone": "chat", words: "embeddings" });
    const ask = { method: "POST", headers: { "content-type": "application/json" } };
    expect(await (await fetch(`${address}/v1/limits`)).json()).toMatchObject({ contextLength: 128, ofOneKey: 72, waiting: 64 });
    const answer = await fetch(`${address}/v1/completions`, {
      ...ask,
      body: JSON.stringify({ model: "shelf/two/stone", prompt: "the", max_tokens: 1 }),
    });
    expect(answer.status).toBe(200);
    const judged = await fetch(`${address}/v1/classify`, { ...ask, body: JSON.stringify({ model: "judge", input: "good ink" }) });
    expect(((await judged.json()) as { results: { label: string }[] }).results[0].label).toBe("yes");
    served.signal("SIGTERM");
    expect((await served.done).code).toBe(0);
    expect((await inkstone(["serve", join(many, "empty"), "--port", "0"], { env })).err).toMatch(/E_SERVED_PATH.*holds no model/);
    expect((await inkstone(["serve", join(many, "notes.txt"), "--port", "0"], { env })).code).toBe(66);
  });

  it("says what options of other programs are called here; L06: a key on the command line is refused, and not shown", async () => {
    const told = async (...args: string[]) => (await inkstone(["serve", ...args], { env })).err;
    expect(await told("-ngl", "99")).toMatch(/E_USAGE.*'-ngl'.*processor/);
    expect(await told("--ctx-size", "4096")).toMatch(/here it is --context/);
    expect(await told("--api-key=secret")).toMatch(/inkstone keys add/);
    expect(await told("--api-key=secret")).not.toContain("secret");
    expect(await told("--modle", "x")).toMatch(/--model/);
  });
});

describe("run", () => {
  it("puts a text that is piped in before the prompt", () => {
    const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
    const tokens = (line: string) => {
      const { stdout } = spawnSync(
        "sh",
        ["-c", `${line} | "$0" "$1" run "$2" "and ink" --raw --json --max-tokens 1`, process.execPath, main, model],
        {
          env: { ...process.env, ...env },
          encoding: "utf8",
        },
      );
      return (JSON.parse(stdout) as { promptTokens: number }).promptTokens;
    };
    expect(tokens("echo the stone")).toBeGreaterThan(tokens("printf ''"));
  });
});

describe("ps and stop", () => {
  it("show what is open, close it, and say where no server is", async () => {
    const served = start(["serve", "--model", model, "--also", model.replace("tiny", "tiny"), "--port", "0"], { env });
    expect((await served.done).err).toMatch(/E_OPTION/); // one name twice
    const one = start(["serve", "--model", model, "--port", "0", "--upstream", "far=http://127.0.0.1:9/v1"], { env });
    await until(() => expect(one.out()).toMatch(/Page/));
    const there = { ...env, INKSTONE_PORT: /:(\d+)\//.exec(one.out())?.[1] ?? "" };
    const { out } = await inkstone(["ps"], { env: there });
    expect(out).toMatch(/^NAME +KIND +REQUESTS +UNTIL\ntiny +chat +0 +the server stops\n$/);
    expect((await inkstone(["stop", "tiny"], { env: there })).code).toBe(0);
    expect((await inkstone(["ps", "--json"], { env: there })).out).toBe("[]\n");
    expect((await inkstone(["stop", "other"], { env: there })).err).toMatch(/E_SERVER_REFUSED.*other/);
    one.signal("SIGTERM");
    expect((await one.done).code).toBe(0);
    expect((await inkstone(["ps"], { env: there })).code).toBe(75);
  });
});

describe("config", () => {
  it("keeps a value that stands in for the variable; an unknown name is told the nearest", async () => {
    expect((await inkstone(["config", "set", "max_tokens", "3"], { env })).code).toBe(0);
    expect(await readFile(env.INKSTONE_CONFIG, "utf8")).toBe("max_tokens = 3\n\n");
    expect((await inkstone(["config", "get", "max_tokens"], { env })).out).toBe("3\n");
    const run = async (more: Record<string, string> = {}) =>
      JSON.parse((await inkstone(["run", model, "Hello", "--json"], { env: { ...env, ...more } })).out).completionTokens;
    expect([await run(), await run({ INKSTONE_MAX_TOKENS: "2" })]).toEqual([3, 2]);
    const wrong = await inkstone(["config", "set", "max_token", "3"], { env });
    expect([wrong.code, wrong.err]).toEqual([78, expect.stringMatching(/did you mean "max_tokens"/)]);
    await inkstone(["config", "set", "max_tokens"], { env });
    expect((await inkstone(["config", "get", "max_tokens"], { env })).out).toBe("\n");
  });
});

describe("completion", () => {
  it.each(["bash", "zsh", "fish"])("of %s knows every verb and its options", async (shell) => {
    const { out, code } = await inkstone(["completion", shell], { env });
    expect(code).toBe(0);
    for (const word of ["run", "serve", "keys", "allow-origin", "temperature"]) expect(out).toContain(word);
  });

  it("of bash runs in bash", async () => {
    const { execFileSync } = await import("node:child_process");
    const script = (await inkstone(["completion", "bash"], { env })).out;
    const told = execFileSync("bash", ["-c", `${script}\nCOMP_WORDS=(inkstone serve --allow); COMP_CWORD=2; _inkstone; echo "\${COMPREPLY[@]}"`], {
      encoding: "utf8",
    });
    expect(told.trim()).toBe("--allow-host --allow-origin");
  });

  const has = (shell: string) => spawnSync(shell, ["--version"]).status === 0;

  it.runIf(has("zsh"))("of zsh runs in zsh", async () => {
    const script = (await inkstone(["completion", "zsh"], { env })).out;
    // What the shell would be given, in place of its completion system.
    const plain = `compdef() { : }; _files() { : }; compadd() { shift; print -- "$@" }\n${script}`;
    const run = (words: string, current: number) =>
      spawnSync("zsh", ["-fc", `${plain}\nwords=(${words}); CURRENT=${current}; _inkstone`], { encoding: "utf8" })
        .stdout.trim()
        .split(" ");
    expect(run("inkstone r", 2)).toEqual(expect.arrayContaining(["run", "serve", "keys"]));
    expect(run("inkstone serve --allow", 3)).toEqual(expect.arrayContaining(["--allow-host", "--allow-origin"]));
  });

  it.runIf(has("fish"))("of fish runs in fish", async () => {
    const script = (await inkstone(["completion", "fish"], { env })).out;
    const run = (line: string) =>
      spawnSync("fish", ["--no-config", "-c", `${script}\ncomplete -C '${line}'`], { encoding: "utf8" })
        .stdout.split("\n")
        .map((one) => one.split("\t")[0]);
    expect(run("inkstone ser")).toContain("serve");
    expect(
      run("inkstone serve --allow")
        .filter((one) => one !== "")
        .sort(),
    ).toEqual(["--allow-host", "--allow-origin"]);
  });
});

// Optional packages: each that the text room can ask for is an optional peer of the package, pinned, and named when it is not there.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { sourceFiles } from "../house/example-blocks.ts";
import { finish, root } from "../support/processes.ts";

interface PackageFile {
  peerDependencies: Record<string, string>;
  peerDependenciesMeta: Record<string, { optional: boolean }>;
  devDependencies: Record<string, string>;
  dependencies: Record<string, string>;
}
const packageFile = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as PackageFile;
const text = sourceFiles("src/text")
  .filter((file) => !file.endsWith("/peer.ts"))
  .map((file) => readFileSync(join(root, file), "utf8"));
const asked = text.flatMap((source) => [...source.matchAll(/name: "([\w-]+)", purpose/g)].map(([, name]) => name));

describe("optional packages of the text room", () => {
  it("are optional peers, tested in the version that is named", () => {
    expect(new Set(asked)).toEqual(new Set(["eld", "opencc-js", "stopwords-iso", "unicode-emoji-json", "wink-eng-lite-web-model", "wink-nlp"]));
    for (const name of asked.filter((one) => packageFile.dependencies[one] === undefined)) {
      expect(packageFile.peerDependenciesMeta[name]).toEqual({ optional: true });
      expect(packageFile.peerDependencies[name]).toBe(`^${packageFile.devDependencies[name]}`);
    }
  });

  it("that are not installed are named with the command that installs them; what needs none of them works", async () => {
    const program = `
      const hooks = "export async function resolve(name, context, next) { if (/^(wink-nlp|opencc-js|eld)(\\\\/|$)/.test(name)) throw Object.assign(new Error(name), { code: 'ERR_MODULE_NOT_FOUND' }); return next(name, context); }";
      (await import("node:module")).register("data:text/javascript," + encodeURIComponent(hooks));
      const { clean, loadNlp, openLanguageDetector, simplified } = await import("${join(root, "dist/text/index.js")}");
      const told = (work) => work.then(() => "done", (error) => error.code + " " + error.parameters.package + " " + error.hint);
      console.log(await told(loadNlp()));
      console.log(await told(loadNlp({ language: "zh" })));
      console.log(await told(clean([simplified()]).open()));
      console.log((await openLanguageDetector()).engine, await told(openLanguageDetector({ engine: "eld" })));
    `;
    const { stdout, stderr } = await finish(process.execPath, ["--no-warnings", "--input-type=module", "--eval", program]);
    expect([stdout.split("\n"), stderr]).toEqual([
      [
        "E_PACKAGE_MISSING wink-nlp Install it: npm install wink-nlp",
        "done",
        "E_PACKAGE_MISSING opencc-js Install it: npm install opencc-js",
        "script E_PACKAGE_MISSING eld Install it: npm install eld",
        "",
      ],
      "",
    ]);
  });
});

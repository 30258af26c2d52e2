// The databases that the store is tested on: files of SQLite, and a real PostgreSQL server where this machine has one. Knows no test framework.
import { spawnSync } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folders = [process.env.PG_BIN ?? "", "/usr/lib/postgresql"].filter((path) => path !== "" && existsSync(path));

/** Where initdb and pg_ctl are, if they are. */
export const postgresPrograms: string | undefined = folders
  .flatMap((folder) => [folder, ...readdirSync(folder).map((version) => join(folder, version, "bin"))])
  .find((folder) => existsSync(join(folder, "initdb")));

function must(program: string, args: string[], user: { uid?: number; gid?: number }): void {
  const { status, stderr, stdout } = spawnSync(program, args, { ...user, encoding: "utf8", cwd: tmpdir(), stdio: ["ignore", "pipe", "pipe"] });
  if (status !== 0) throw new Error(`${program}: ${stderr}${stdout}`);
}

// PostgreSQL refuses to run as root: root starts it as its own user.
function postgresUser(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string) => Number(spawnSync("id", [flag, "postgres"], { encoding: "utf8" }).stdout);
  return { uid: id("-u"), gid: id("-g") };
}

/** Starts a server of its own on a socket of its own; its address, and how it is stopped and taken away. */
export function startPostgres(): { url: string; stop: () => void } {
  const bin = postgresPrograms as string;
  const folder = mkdtempSync(join(tmpdir(), "inkstone-pg-"));
  const user = postgresUser();
  if (user.uid !== undefined && user.gid !== undefined) chownSync(folder, user.uid, user.gid);
  const data = join(folder, "data");
  must(join(bin, "initdb"), ["-D", data, "-U", "ink", "-A", "trust", "-E", "UTF8", "--no-sync"], user);
  must(join(bin, "pg_ctl"), ["-D", data, "-w", "-l", join(folder, "log"), "-o", `-c listen_addresses='' -k ${folder}`, "start"], user);
  return {
    url: `postgres://ink@localhost/postgres?host=${encodeURIComponent(folder)}`,
    stop: () => {
      must(join(bin, "pg_ctl"), ["-D", data, "-m", "immediate", "stop"], user);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

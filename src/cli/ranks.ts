// A verb that several processes do together, as Open MPI's mpirun starts them. Of what all of them find, one tells. Knows no verbs.
import { InkstoneError } from "../core/index.ts";
import type { World } from "../train/index.ts";
import { Quit } from "./report.ts";
import type { Surroundings } from "./terminal.ts";

// What every rank meets where one does.
const SHARED: readonly string[] = ["E_RANKS_FIRST", "E_TRAINING_LOSS", "E_STEP", "E_CANCELLED"];

/** Does `work` with the processes that were started together, undefined where there is this one alone. Errors: those of `work` and of `openWorld`; on other ranks than the first only what the first does not meet, too. */
export async function amongRanks(around: Surroundings, work: (world: World | undefined) => Promise<void>): Promise<void> {
  const { openWorld, placeOf, ranksOf } = await import("../train/index.ts");
  if (ranksOf(process.env) === 1) return work(undefined);
  const { cpu } = await import("../tensor/index.ts");
  const { signals, errors, say } = around;
  const world = await openWorld(process.env, { executor: cpu().executor, signal: signals.signal }).catch((error: unknown) => {
    throw isFirstByName() ? error : new Quit(exitOf(error));
  });
  try {
    await work(world);
    await world?.end();
  } catch (error) {
    if (world === undefined || world.rank === 0) throw error;
    const isShared = signals.signal.aborted || (error instanceof InkstoneError && SHARED.includes(error.code));
    if (isShared) throw new Quit(exitOf(error));
    errors.write(`${say({ en: `Process ${placeOf(world)}:`, zh: `进程 ${placeOf(world)}：` })}\n`);
    throw error;
  }
}

/** For a verb that one process does: where a launcher started several, the first tells it and all end. Errors: E_USAGE. */
export async function refuseRanks(verb: string): Promise<void> {
  const { ranksOf } = await import("../train/index.ts");
  if (ranksOf(process.env) === 1) return;
  const why = {
    en: `"${verb}" is the work of one process: start it without mpirun; "train" is shared by several`,
    zh: `“${verb}”由单个进程完成：请不要用 mpirun 启动；可由多个进程共同完成的是“train”`,
  };
  const refusal = new InkstoneError("E_USAGE", { why });
  throw isFirstByName() ? refusal : new Quit(refusal.exit);
}

const exitOf = (error: unknown): number => (error instanceof InkstoneError ? error.exit : 70);

// Before the processes know of each other.
function isFirstByName(): boolean {
  const { OMPI_COMM_WORLD_RANK, PMIX_RANK, PMI_RANK } = process.env;
  return Number(OMPI_COMM_WORLD_RANK ?? PMIX_RANK ?? PMI_RANK ?? 0) === 0;
}

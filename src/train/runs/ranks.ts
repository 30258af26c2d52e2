// A run that several processes begin together: the first one writes its folder, the others read there. Knows no steps.
import { InkstoneError } from "../../core/index.ts";
import type { Recipe } from "../recipe/types.ts";
import { onFirst, placeOf, type World } from "../world/index.ts";
import { dataOf, keptData, type RunData } from "./prepare.ts";
import type { RunFolder } from "./run-folder.ts";

/** The data of a run that several processes train: the first makes them, the others read what it wrote into the folder. Errors: those of `dataOf`; `E_RANKS` where another sees another folder. */
export async function dataTogether(
  folder: RunFolder,
  recipe: Recipe,
  { signal, world }: { readonly signal?: AbortSignal; readonly world?: World },
): Promise<RunData> {
  let mine: RunData | undefined;
  const told = await onFirst(world, async () => {
    mine = await dataOf(folder, recipe, signal);
    return mine.shards;
  });
  if (mine !== undefined) return mine;
  const there = await keptData(folder, recipe).catch(() => undefined);
  if (there === undefined || JSON.stringify(there.shards) !== JSON.stringify(told)) {
    const place = world === undefined ? "" : placeOf(world);
    const why = {
      en: `process ${place} does not see the run's folder "${folder.path}" as the first one wrote it: it must lie where all machines see it`,
      zh: `进程 ${place} 看到的运行文件夹“${folder.path}”与首个进程写入的不同：该文件夹须位于所有机器共享的位置`,
    };
    throw new InkstoneError("E_RANKS", { why });
  }
  return there;
}

/** All ranks have read the same beginning before the first one writes. Errors: `E_RANKS`. */
export async function sameBeginning(world: World, step: number, digest: string): Promise<void> {
  const first = await world.tell({ step, digest });
  const differs = first.step !== step || first.digest !== digest;
  const [others] = await world.sumNumbers([differs ? 1 : 0]);
  if (others === 0) return;
  const where = differs ? placeOf(world) : String(others);
  const why = differs
    ? {
        en: `process ${where} reads a checkpoint of step ${step}, the first one of step ${first.step}`,
        zh: `进程 ${where} 读到的是第 ${step} 步的检查点，首个进程读到的是第 ${first.step} 步`,
      }
    : { en: `${where} of them read another checkpoint than the others`, zh: `其中 ${where} 个读到的检查点与其他进程不同` };
  throw new InkstoneError("E_RANKS", { why });
}

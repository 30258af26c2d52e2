// One block of memory for all intermediates of a recording: those that are never needed at the same time lie on top of each other. Knows no kernels.
import { storagesOf, type TensorCommand } from "../command.ts";
import type { Storage } from "../storage.ts";

const ALIGNMENT = 64;

/** Where each planned storage begins, and how long the arena is. */
export interface ArenaPlan {
  readonly offsets: ReadonlyMap<Storage, number>;
  readonly bytes: number;
}

interface Life {
  readonly storage: Storage;
  readonly first: number;
  last: number;
}

interface Block extends Life {
  readonly start: number;
  readonly end: number;
}

/**
 * Plans by liveness: a storage is needed from the phase that first touches it to the last that does, `kept` ones to the end; each is put at the
 * lowest place that is free for all that time, larger ones first.
 */
export function planArena(commands: readonly TensorCommand[], phases: readonly number[], kept: ReadonlySet<Storage>): ArenaPlan {
  const placed: Block[] = [];
  for (const life of livesOf(commands, phases, kept)) {
    const size = Math.ceil(life.storage.bytes / ALIGNMENT) * ALIGNMENT;
    const rivals = placed.filter((other) => other.first <= life.last && life.first <= other.last).sort((a, b) => a.start - b.start);
    let start = 0;
    for (const rival of rivals) {
      if (rival.start - start >= size) break;
      start = Math.max(start, rival.end);
    }
    placed.push({ ...life, start, end: start + size });
  }
  return {
    offsets: new Map(placed.map(({ storage, start }) => [storage, start])),
    bytes: placed.reduce((most, { end }) => Math.max(most, end), 0),
  };
}

function livesOf(commands: readonly TensorCommand[], phases: readonly number[], kept: ReadonlySet<Storage>): readonly Life[] {
  const lives = new Map<Storage, Life>();
  for (const [i, command] of commands.entries()) {
    for (const storage of storagesOf([command])) {
      if (!storage.planned) continue;
      const life = lives.get(storage);
      if (life) life.last = Math.max(life.last, phases[i]);
      else lives.set(storage, { storage, first: phases[i], last: kept.has(storage) ? Number.POSITIVE_INFINITY : phases[i] });
    }
  }
  return [...lives.values()].sort((a, b) => b.storage.bytes - a.storage.bytes);
}

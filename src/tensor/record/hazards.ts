// Which commands must wait for those before them. Knows no kernels beyond what they read and write.
import { type Effect, effectsOf, overlaps, type TensorCommand } from "../command.ts";

/**
 * The phase of each command: commands of one phase touch nothing that another of them writes, so they may run side by side; a barrier stands between phases.
 *
 * Two commands conflict when one writes what the other reads or writes (read after write, write after read, write after write) in overlapping
 * parts of a storage. A tensor counts whole, even where a register says that only some of its rows are valid.
 */
export function phasesOf(commands: readonly TensorCommand[]): readonly number[] {
  let phase = 0;
  let running: Effect[] = [];
  return commands.map((command) => {
    const effects = effectsOf(command);
    if (effects.some((effect) => running.some((other) => conflict(effect, other)))) {
      phase++;
      running = [];
    }
    running.push(...effects);
    return phase;
  });
}

function conflict(a: Effect, b: Effect): boolean {
  return (a.writes || b.writes) && overlaps(a.tensor, b.tensor);
}

// Any program, recorded: the same bits as at once and as unfused, and no value in the arena lies where another is still needed.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { BufferHandle, Command } from "#native";
import { type RecordedCommand, type Recording, record, type Tensor, tidy } from "#tensor";
import { devices, executors, watch } from "../support/devices.ts";
import { anyProgram, materials, perform } from "../support/programs.ts";

const elementBytes = { f32: 4, bf16: 2, i32: 4, u8: 1 } as const;
const bits = (outputs: readonly Tensor[]) => outputs.map((output) => [...new Int32Array(output.dataSync().buffer)]);

describe.each(devices)("any program on $name", ({ device }) => {
  it("gives the same bits recorded, fused or not, in its second run too, as it gives at once", () => {
    const on = materials(device);
    fc.assert(
      fc.property(anyProgram, (program) => {
        tidy(() => {
          const expected = bits(perform(program, on));
          for (const fuse of [false, true]) {
            const recording = record(device, () => perform(program, on), { fuse });
            for (let run = 0; run < 2; run++) {
              recording.run();
              expect(bits(recording.outputs), `fuse ${fuse}, run ${run}`).toEqual(expected);
            }
            recording.dispose();
          }
        });
      }),
      { numRuns: 100 },
    );
  });
});

describe("the arena of any program", () => {
  it.each([true, false])(
    "holds every value from its writing to its last reading; what runs side by side touches nothing of each other (fused: %s)",
    (fuse) => {
      const { device, compiled, live } = watch(executors[executors.length - 1].executor());
      const on = materials(device);
      fc.assert(
        fc.property(anyProgram, (program) => {
          const recording = record(device, () => perform(program, on), { fuse });
          const [arena] = [...live.buffers.keys()].slice(-1); // the last that was made
          checkArena(recording, compiled[compiled.length - 1], arena);
          recording.dispose();
        }),
        { numRuns: 200 },
      );
    },
  );
});

interface Touch {
  readonly tensor: Tensor;
  readonly buffer: BufferHandle;
  readonly start: number;
  readonly end: number;
  readonly reads: boolean;
  readonly writes: boolean;
}

// Commands are replayed on bytes that know whose they are: a value that is read must still own its bytes.
function checkArena(recording: Recording<readonly Tensor[]>, commands: readonly Command[], arena: BufferHandle): void {
  const owners: unknown[] = new Array(recording.arenaBytes);
  const check = ({ tensor, start, end }: Touch, what: string) =>
    expect(
      owners.slice(start, end).every((owner) => owner === tensor.storage),
      what,
    ).toBe(true);
  let phase: Touch[] = [];
  for (const [at, command] of recording.commands.entries()) {
    const touches = touchesOf(command, commands[at]);
    if (commands[at].barrier !== false) phase = [];
    for (const touch of touches) {
      expect(touch.buffer !== arena || touch.end <= recording.arenaBytes).toBe(true);
      expect(
        phase.some((other) => conflict(touch, other)),
        `${at} ${command.kernel} beside another`,
      ).toBe(false);
    }
    phase.push(...touches);
    const inArena = touches.filter(({ buffer }) => buffer === arena);
    for (const touch of inArena) if (touch.reads) check(touch, `${at} ${command.kernel} reads`);
    for (const { tensor, start, end, writes } of inArena) if (writes) owners.fill(tensor.storage, start, end);
  }
  for (const tensor of recording.outputs) {
    const { buffer, offset } = tensor.operand;
    if (buffer === arena) check({ tensor, buffer, start: offset * 4, end: (offset + tensor.size) * 4, reads: true, writes: false }, "an output");
  }
}

// What each kernel of these programs writes; in-place ones read it too, and an accumulating product reads what it adds to.
const written = new Set(["y", "quantized", "scales"]);

function touchesOf({ kernel, operands, flags }: RecordedCommand, { operands: places }: Command): Touch[] {
  return Object.entries(operands).map(([name, tensor]) => {
    const inPlace = (kernel === "rotary" && name === "x") || (name === "y" && flags["accumulate"]);
    const writes = inPlace || (written.has(name) && !(kernel === "linearInt8" && name !== "y"));
    const { buffer, offset, type } = places[name];
    const start = offset * elementBytes[type];
    return { tensor, buffer, start, end: start + tensor.size * elementBytes[type], writes, reads: inPlace || !writes };
  });
}

function conflict(a: Touch, b: Touch): boolean {
  return (a.writes || b.writes) && a.buffer === b.buffer && a.start < b.end && b.start < a.end;
}

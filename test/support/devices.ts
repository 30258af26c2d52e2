// Devices to test on: the reference executor and every tier of the native one; and executors that are watched while they work. Knows no operations.
import { InkstoneError } from "#core";
import { type BufferHandle, type Command, createReferenceExecutor, type Executor, type ListHandle, nativeStatus, openExecutor } from "#native";
import { cpu, type Device } from "#tensor";

const native: readonly { name: string; executor: () => Executor }[] = nativeStatus().available
  ? openExecutor({ executor: "native", tier: "portable" }).tiers.map((tier) => ({
      name: tier,
      executor: () => openExecutor({ executor: "native", tier }),
    }))
  : [];

/** How executors are made, by name: "reference", and each tier of this machine. */
export const executors: readonly { name: string; executor: () => Executor }[] = [{ name: "reference", executor: createReferenceExecutor }, ...native];

/** One device for each of them. */
export const devices: readonly { name: string; device: Device }[] = executors.map(({ name, executor }) => ({ name, device: cpu(executor()) }));

/** The quickest of them: for tests of what does not depend on arithmetic. */
export const anyDevice: Device = devices[devices.length - 1].device;

/** An executor that works as always and is watched. */
export interface Watched {
  readonly device: Device;
  /** Buffers and lists that were made and not freed. */
  readonly live: { readonly buffers: ReadonlyMap<BufferHandle, number>; readonly lists: ReadonlySet<ListHandle> };
  /** Bytes of all live buffers. */
  readonly bytes: () => number;
  /** Every list that was compiled, in order. */
  readonly compiled: readonly (readonly Command[])[];
}

/** Watches an executor. With `limit`, more bytes at once than that cannot be had, as on a smaller machine. */
export function watch(executor: Executor, limit: number = Number.POSITIVE_INFINITY): Watched {
  const buffers = new Map<BufferHandle, number>();
  const lists = new Set<ListHandle>();
  const compiled: (readonly Command[])[] = [];
  const bytes = () => [...buffers.values()].reduce((sum, length) => sum + length, 0);
  const watched: Executor = {
    name: executor.name,
    tier: executor.tier,
    tiers: executor.tiers,
    threads: executor.threads,
    allocate(needed) {
      if (bytes() + needed > limit) throw new InkstoneError("E_MEMORY", { needed });
      const buffer = executor.allocate(needed);
      buffers.set(buffer, needed);
      return buffer;
    },
    free(buffer) {
      executor.free(buffer);
      buffers.delete(buffer);
    },
    write: (buffer, at, from) => executor.write(buffer, at, from),
    read: (buffer, at, into) => executor.read(buffer, at, into),
    compile(commands, options) {
      const list = executor.compile(commands, options);
      lists.add(list);
      compiled.push(commands);
      return list;
    },
    execute: (list, registers, control) => executor.execute(list, registers, control),
    executeOnce: (command) => executor.executeOnce(command),
    executeAsync: (list, registers, control) => executor.executeAsync(list, registers, control),
    freeList(list) {
      executor.freeList(list);
      lists.delete(list);
    },
    createService: (name, configuration) => executor.createService(name, configuration),
    createServiceAsync: (name, configuration) => executor.createServiceAsync(name, configuration),
    callService: (service, method, input, output) => executor.callService(service, method, input, output),
    callServiceAsync: (service, method, input, bytes, control) => executor.callServiceAsync(service, method, input, bytes, control),
    freeService: (service) => executor.freeService(service),
  };
  return { device: cpu(watched), live: { buffers, lists }, bytes, compiled };
}

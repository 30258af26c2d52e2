// The boundary of the "mpi" service: this process among the ranks that a launcher of Open MPI started. Native only: native/services/src/mpi.rs. Its configuration is the name or path of the library; none: the usual names.

/**
 * `place`: two words, rank and size. `sumFloats` (f32), `sumNumbers` (f64): as many numbers on every rank, each the sum over all ranks, the same bits on all of them.
 * `tell`: bytes, as many on every rank; gives those of rank 0. `end`: all ranks have ended; nothing can be asked for any more.
 *
 * All but `place` are calls of all ranks together, for `callServiceAsync`: each waits until every rank has called, or its cancel word is set. After a call that was cancelled nothing can be asked for.
 */
export const mpiMethods = { place: 0, sumFloats: 1, sumNumbers: 2, tell: 3, end: 4 } as const;

// The typed error of a call that is to be refused.
import { InkstoneError } from "#core";

/** What a call refuses with. Anything but an InkstoneError, and no error at all, fails the test. */
export function failure(work: () => unknown): InkstoneError {
  try {
    work();
  } catch (error) {
    if (error instanceof InkstoneError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

/** The same, of a promise. */
export async function laterFailure(work: () => Promise<unknown>): Promise<InkstoneError> {
  const outcome = await work().then(
    () => undefined,
    (error: unknown) => error,
  );
  if (outcome instanceof InkstoneError) return outcome;
  throw outcome ?? new Error("nothing was refused");
}

// Services: stateful native objects and the bytes that cross their boundary. Both twins of a service read the same configuration and answer the same methods.
// All numbers are little endian.

/** Why an answer of a service does not fit. */
export function tooSmall(needed: number, given: number): string {
  return `its answer takes ${needed} bytes, there is room for ${given}`;
}

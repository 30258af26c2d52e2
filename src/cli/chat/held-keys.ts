// What is typed while a model loads: kept for the prompt that comes, not written into the progress. Knows no models.
import type { Surroundings } from "../terminal.ts";

const CTRL_C = 3;

/**
 * Holds the keys of a terminal until it is let go; then they stand where they are read next. Ctrl-C ends the program as ever. Elsewhere than on a terminal it does nothing.
 *
 * @returns lets go.
 */
export function holdKeys({ input }: Pick<Surroundings, "input">): () => void {
  if (input.isTTY !== true) return () => undefined;
  const held: Buffer[] = [];
  const take = (piece: Buffer | string): void => {
    const bytes = Buffer.from(piece);
    if (bytes.includes(CTRL_C)) process.kill(process.pid, "SIGINT");
    else held.push(bytes);
  };
  input.setRawMode(true);
  input.on("data", take);
  return () => {
    input.off("data", take);
    input.pause();
    input.setRawMode(false);
    if (held.length > 0) input.unshift(Buffer.concat(held));
  };
}

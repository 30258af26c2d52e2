// Sinusoidal positions as translation models keep them: all sines first, then all cosines. Knows no layer.

/**
 * [positions, width]: sin and cos of position / 10000^(i / steps), i = 0 … width/2 - 1. `steps`: width/2 - 1 in Marian itself, width/2 in the models of the hub.
 *
 * Source: Vaswani et al. 2017, arXiv:1706.03762, section 3.5; marian's `sinusoidalPositions`.
 */
export function sinusoidTable(positions: number, width: number, steps: number): Float32Array {
  const half = width / 2;
  return Float32Array.from({ length: positions * width }, (_, at) => {
    const [position, column] = [Math.floor(at / width), at % width];
    const angle = position / 10_000 ** ((column % half) / steps);
    return column < half ? Math.sin(angle) : Math.cos(angle);
  });
}

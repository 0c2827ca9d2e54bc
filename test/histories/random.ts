import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Decisions that a seed repeats. */
export interface Random {
  /** A whole number, both limits included. */
  int(from: number, to: number): number;
  /** True in `share` of the calls, 0 … 1. */
  chance(share: number): boolean;
  pick<T>(values: readonly T[]): T;
  /** A name, each as often as its weight says. */
  weighted<Name extends string>(weights: Readonly<Partial<Record<Name, number>>>): Name;
  bytes(size: number): Uint8Array;
}

export function createRandom(seed: number): Random {
  const generator = xoroshiro128plus(seed);
  const int = (from: number, to: number) => uniformInt(generator, from, to);
  return {
    int,
    chance: (share) => int(0, 999_999) < share * 1_000_000,
    pick: (values) => values[int(0, values.length - 1)]!,
    weighted<Name extends string>(weights: Readonly<Partial<Record<Name, number>>>) {
      const entries = Object.entries(weights) as [Name, number][];
      let left = int(0, entries.reduce((total, [, weight]) => total + weight, 0) - 1);
      return entries.find(([, weight]) => {
        left -= weight;
        return left < 0;
      })![0];
    },
    bytes: (size) => Uint8Array.from({ length: size }, () => int(0, 255)),
  };
}

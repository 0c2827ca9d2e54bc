import type { Measurement } from './measurement.ts';
import { requests } from './requests.ts';
import { sizes } from './sizes.ts';
import { sweepRates } from './sweep.ts';

/** Everything that is measured, ours beside peers', in one run: the ratios hold where the numbers do not. */
const MEASUREMENTS: readonly Measurement[] = [sizes, requests, sweepRates];

const wanted = process.argv.slice(2);
for (const measurement of MEASUREMENTS) {
  if (wanted.length > 0 && !wanted.includes(measurement.name)) continue;
  console.log(`\n${measurement.title} (${measurement.name})`);
  for (const { subject, value, unit, ratio, note } of await measurement.run()) {
    const times = ratio === undefined ? '' : `${ratio.toFixed(2)} ×`;
    console.log(
      `  ${subject.padEnd(38)} ${value.toLocaleString('en').padStart(9)} ${unit}  ${times.padEnd(8)} ${note ?? ''}`,
    );
  }
}

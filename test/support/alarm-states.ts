import { runInNewContext } from 'node:vm';

/** One value of a metric, as CloudWatch reads it from a line of a log. */
export interface Datum {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  /** Epoch ms. */
  readonly at: number;
  readonly value: number;
}

// biome-ignore lint/suspicious/noExplicitAny: lines and templates are data
type Data = any;

/** What is printed to the process's output meanwhile, by lines. */
export async function printed(work: () => Promise<unknown>): Promise<string[]> {
  const { write } = process.stdout;
  let text = '';
  process.stdout.write = ((chunk: string) => {
    text += chunk;
    return true;
  }) as typeof write;
  try {
    await work();
  } finally {
    process.stdout.write = write;
  }
  return text.split('\n').filter(Boolean);
}

/** The values in lines of the embedded metric format. @param at the time of the test's clock, which Powertools does not know */
export function readMetrics(lines: readonly string[], at: number): Datum[] {
  return lines
    .map((line): Data => JSON.parse(line))
    .filter(({ _aws }) => _aws)
    .flatMap((line) =>
      line._aws.CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }: Data) =>
        Dimensions.flatMap((names: string[]) =>
          Metrics.flatMap(({ Name }: Data) =>
            [line[Name]].flat().map((value: number) => ({
              namespace: Namespace,
              name: Name,
              dimensions: Object.fromEntries(names.map((name) => [name, line[name]])),
              at,
              value,
            })),
          ),
        ),
      ),
    );
}

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

const MINUTE_MS = 60_000;

/**
 * The state of an alarm of a template, by the values until a time: its periods end at the last full minute, as those of CloudWatch
 * do, which looks at some more of them than it evaluates where values are missing; this looks at those that it evaluates.
 *
 * @param fillsUnknown whether `FILL` knows what to fill of a metric that was never reported, on which accounts of users differ
 */
export function alarmState(
  alarm: Data,
  data: readonly Datum[],
  at: number,
  { before = 'INSUFFICIENT_DATA', fillsUnknown = true }: { before?: AlarmState; fillsUnknown?: boolean } = {},
): AlarmState {
  const metrics: Data[] = alarm.Metrics ?? [{ Id: 'only', ReturnData: true, MetricStat: statOf(alarm) }];
  const periodMs =
    1_000 * Math.max(...metrics.map(({ MetricStat, Period }) => MetricStat?.Period ?? Period ?? 0));
  const end = Math.floor(at / MINUTE_MS) * MINUTE_MS;
  const values = Array.from({ length: alarm.EvaluationPeriods }, (_, i) =>
    judged(metrics, data, end - (i + 1) * periodMs, periodMs, fillsUnknown),
  );
  const known = values.filter((value) => value !== undefined);
  if (known.length === 0) {
    if (alarm.TreatMissingData === 'missing') return 'INSUFFICIENT_DATA';
    if (alarm.TreatMissingData === 'ignore') return before;
  }
  const beyond = values.filter((value) =>
    value === undefined
      ? alarm.TreatMissingData === 'breaching'
      : compare(alarm.ComparisonOperator, value, alarm.Threshold),
  );
  return beyond.length >= (alarm.DatapointsToAlarm ?? alarm.EvaluationPeriods) ? 'ALARM' : 'OK';
}

/** Whether a composite alarm is raised. @param stateOf the state of the alarm whose ARN stands in its rule */
export function isCompositeRaised(rule: string, stateOf: (arn: string) => AlarmState): boolean {
  const condition = rule
    .replace(/(ALARM|OK|INSUFFICIENT_DATA)\("([^"]+)"\)/g, (_, state, arn) => String(stateOf(arn) === state))
    .replace(/AND|OR|NOT/g, (word) => ({ AND: '&&', OR: '||', NOT: '!' })[word]!);
  if (!/^(?:true|false|&&|\|\||[!()\s])+$/.test(condition)) throw new Error(`no such rule here: ${rule}`);
  return runInNewContext(condition);
}

const statOf = ({ Namespace, MetricName, Dimensions, Period, Statistic, ExtendedStatistic }: Data) => ({
  Metric: { Namespace, MetricName, Dimensions },
  Period,
  Stat: Statistic ?? ExtendedStatistic,
});

function compare(operator: string, value: number, threshold: number): boolean {
  if (operator === 'GreaterThanThreshold') return value > threshold;
  if (operator === 'LessThanThreshold') return value < threshold;
  throw new Error(`no such comparison here: ${operator}`);
}

/** One period of the metric, or of the expression, that the alarm judges. */
function judged(
  metrics: readonly Data[],
  data: readonly Datum[],
  from: number,
  periodMs: number,
  fillsUnknown: boolean,
): number | undefined {
  const series = new Map<string, { value: number | undefined; isKnown: boolean }>();
  for (const { Id, MetricStat } of metrics) {
    if (!MetricStat) continue;
    const { Namespace, MetricName, Dimensions = [] } = MetricStat.Metric;
    const wanted = JSON.stringify(Dimensions.map(({ Name, Value }: Data) => [Name, Value]).sort());
    const all = data.filter(
      ({ namespace, name, dimensions }) =>
        namespace === Namespace &&
        name === MetricName &&
        JSON.stringify(Object.entries(dimensions).sort()) === wanted,
    );
    const within = all.filter((datum) => datum.at >= from && datum.at < from + periodMs);
    const value = statistic(
      MetricStat.Stat,
      within.map((datum) => datum.value),
    );
    series.set(Id, { value, isKnown: all.length > 0 });
  }
  const { Id, Expression } = metrics.find(({ ReturnData }) => ReturnData !== false);
  if (Expression === undefined) return series.get(Id)?.value;
  return calculate(Expression, series, fillsUnknown);
}

function statistic(stat: string, values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  if (stat === 'SampleCount') return values.length;
  if (stat === 'Maximum') return Math.max(...values);
  if (stat === 'Sum') return values.reduce((sum, value) => sum + value, 0);
  throw new Error(`no such statistic here: ${stat}`);
}

type Value = number | undefined;

/** The part of CloudWatch's metric math that the alarms use, for one period. What is missing makes missing, but for FILL and SUM. */
function calculate(
  expression: string,
  series: ReadonlyMap<string, { value: Value; isKnown: boolean }>,
  fillsUnknown: boolean,
): Value {
  const tokens = expression.match(/[A-Za-z_]\w*|\d+(?:\.\d+)?|[<>=]=|[-+*/<>()[\],]/g) ?? [];
  let next = 0;
  const take = (wanted?: string) => {
    const token = tokens[next];
    if (token === undefined || (wanted !== undefined && token !== wanted)) {
      throw new Error(`${expression}: ${wanted} expected, not ${token}`);
    }
    next += 1;
    return token;
  };
  const list = (end: string): Value[] => {
    const values = [binary(0)];
    while (tokens[next] === ',') {
      take();
      values.push(binary(0));
    }
    take(end);
    return values;
  };
  const call = (name: string): Value => {
    take('(');
    if (name === 'SUM') {
      take('[');
      const known = list(']').filter((value) => value !== undefined);
      take(')');
      return known.length === 0 ? undefined : known.reduce((sum, value) => sum + value, 0);
    }
    const isUnknown = !fillsUnknown && series.get(tokens[next] ?? '')?.isKnown === false;
    const [first, second, third] = list(')');
    if (name === 'FILL') return first ?? (isUnknown ? undefined : second);
    if (name === 'IF') return first === undefined ? undefined : first ? second : third;
    throw new Error(`no such function here: ${name}`);
  };
  const operand = (): Value => {
    const token = take();
    if (token === '(') {
      const value = binary(0);
      take(')');
      return value;
    }
    if (/^\d/.test(token)) return Number(token);
    if (tokens[next] === '(') return call(token);
    const found = series.get(token);
    if (!found) throw new Error(`${expression}: no metric ${token}`);
    return found.value;
  };
  const binary = (level: number): Value => {
    const operators = LEVELS[level];
    if (!operators) return operand();
    let left = binary(level + 1);
    for (let apply = operators[tokens[next] ?? '']; apply; apply = operators[tokens[next] ?? '']) {
      take();
      const right = binary(level + 1);
      left = left === undefined || right === undefined ? undefined : apply(left, right);
    }
    return left;
  };
  const value = binary(0);
  if (next < tokens.length) throw new Error(`${expression}: what follows ${tokens[next]}?`);
  return value;
}

const LEVELS: readonly Readonly<Record<string, (a: number, b: number) => number>>[] = [
  { '>=': (a, b) => Number(a >= b), '>': (a, b) => Number(a > b), '<': (a, b) => Number(a < b) },
  { '+': (a, b) => a + b, '-': (a, b) => a - b },
  { '*': (a, b) => a * b, '/': (a, b) => a / b },
];

import { describe, expect, test } from '@jest/globals';
import {
  definePolicy,
  MIN_IDLE_TIMEOUTS_IN_ABSOLUTE,
  MIN_WARN_BEFORE_MS,
  type PolicyInput,
  PRESETS,
} from '../../core/policy.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

describe('defaults', () => {
  test('of everything', () => {
    expect(definePolicy()).toEqual({
      name: 'default',
      idleTimeoutMs: 15 * MINUTE,
      absoluteTimeoutMs: 12 * HOUR,
      warnBeforeMs: 2 * MINUTE,
      absoluteWarnBeforeMs: 10 * MINUTE,
      touchIntervalMs: MINUTE,
      browserClose: 'cookie',
    });
  });

  test.each([
    [4 * MINUTE + 1, 2 * MINUTE],
    [4 * MINUTE - 1, 2 * MINUTE - 1],
    [40 * SECOND, 20 * SECOND],
  ])('of an idle timeout of %i ms: the warning comes %i ms before', (idleTimeoutMs, warnBeforeMs) => {
    expect(definePolicy({ idleTimeoutMs }).warnBeforeMs).toBe(warnBeforeMs);
  });

  test.each([
    [100 * MINUTE + 10, 10 * MINUTE],
    [100 * MINUTE - 10, 10 * MINUTE - 1],
    [50 * MINUTE + 9, 5 * MINUTE],
  ])(
    'of an absolute limit of %i ms: its notice comes %i ms before',
    (absoluteTimeoutMs, absoluteWarnBeforeMs) => {
      const policy = definePolicy({ idleTimeoutMs: 5 * MINUTE, absoluteTimeoutMs });
      expect(policy.absoluteWarnBeforeMs).toBe(absoluteWarnBeforeMs);
    },
  );

  test.each([
    [10 * MINUTE + 10, MINUTE],
    [10 * MINUTE - 10, MINUTE - 1],
    [MINUTE + 9, 6 * SECOND],
  ])('of an idle timeout of %i ms: the touch interval is %i ms', (idleTimeoutMs, touchIntervalMs) => {
    expect(definePolicy({ idleTimeoutMs }).touchIntervalMs).toBe(touchIntervalMs);
  });
});

describe('rules, at the boundary and one ms beyond', () => {
  const base = { idleTimeoutMs: 10 * MINUTE };
  const rules: [string, PolicyInput, PolicyInput | null][] = [
    ['touchIntervalMs', { ...base, touchIntervalMs: 150_001 }, { ...base, touchIntervalMs: 150_000 }],
    ['warnBeforeMs', { ...base, warnBeforeMs: 10 * MINUTE }, { ...base, warnBeforeMs: 10 * MINUTE - 1 }],
    [
      'warnBeforeMs',
      { ...base, warnBeforeMs: MIN_WARN_BEFORE_MS - 1 },
      { ...base, warnBeforeMs: MIN_WARN_BEFORE_MS },
    ],
    [
      'unboundIdleTimeoutMs',
      { ...base, browserClose: 'run', unboundIdleTimeoutMs: 10 * MINUTE + 1 },
      { ...base, browserClose: 'run', unboundIdleTimeoutMs: 10 * MINUTE },
    ],
    [
      'unboundIdleTimeoutMs',
      { ...base, browserClose: 'last-page', unboundIdleTimeoutMs: 4 * MINUTE - 1, warnBeforeMs: MINUTE },
      { ...base, browserClose: 'last-page', unboundIdleTimeoutMs: 4 * MINUTE, warnBeforeMs: MINUTE },
    ],
    [
      'unboundIdleTimeoutMs',
      { ...base, browserClose: 'run', unboundIdleTimeoutMs: 5 * MINUTE, warnBeforeMs: 5 * MINUTE },
      { ...base, browserClose: 'run', unboundIdleTimeoutMs: 5 * MINUTE, warnBeforeMs: 5 * MINUTE - 1 },
    ],
    ['unboundIdleTimeoutMs', { ...base, unboundIdleTimeoutMs: 10 * MINUTE }, null],
    ['absoluteTimeoutMs', { ...base, absoluteTimeoutMs: 10 * MINUTE - 1 }, null],
    [
      'absoluteTimeoutMs',
      { ...base, absoluteTimeoutMs: MIN_IDLE_TIMEOUTS_IN_ABSOLUTE * 10 * MINUTE - 1 },
      { ...base, absoluteTimeoutMs: MIN_IDLE_TIMEOUTS_IN_ABSOLUTE * 10 * MINUTE },
    ],
    [
      'absoluteWarnBeforeMs',
      { ...base, absoluteWarnBeforeMs: 12 * HOUR },
      { ...base, absoluteWarnBeforeMs: 12 * HOUR - 1 },
    ],
    ['absoluteWarnBeforeMs', { ...base, absoluteWarnBeforeMs: -1 }, { ...base, absoluteWarnBeforeMs: 0 }],
    [
      'absoluteTimeoutMs',
      { ...base, absoluteTimeoutMs: 366 * 24 * HOUR + 1 },
      { ...base, absoluteTimeoutMs: 366 * 24 * HOUR },
    ],
    ['idleTimeoutMs', { idleTimeoutMs: 0 }, { idleTimeoutMs: 1, allowShortWarning: true }],
    ['touchIntervalMs', { ...base, touchIntervalMs: -1 }, { ...base, touchIntervalMs: 0 }],
    ['name', { name: '' }, { name: 'a' }],
    ['name', { name: 'a'.repeat(65) }, { name: 'a'.repeat(64) }],
    ['name', { name: 'a b' }, { name: 'a-b.c:d_e' }],
    ['browserClose', { browserClose: 'tab' as never }, { browserClose: 'last-page' }],
  ];

  test.each(rules)('%s: %p is rejected, naming the field', (field, bad, good) => {
    expect(() => definePolicy(bad)).toThrow(field);
    expect(() => definePolicy(bad)).toThrow(expect.objectContaining({ code: 'ERR_POLICY_INVALID' }));
    if (good) expect(definePolicy(good)).toMatchObject(good.allowShortWarning ? {} : good);
  });

  test.each([[1.5], [Number.NaN], [Number.POSITIVE_INFINITY], ['900000' as never], [-1]])(
    'an idle timeout of %p is rejected, naming it and what it was',
    (idleTimeoutMs) => {
      expect(() => definePolicy({ idleTimeoutMs })).toThrow(/^idleTimeoutMs must be a whole number.*not /);
    },
  );

  test('what fails WCAG is possible, but only by the option that names it', () => {
    const short = { idleTimeoutMs: MINUTE, warnBeforeMs: 5 * SECOND, absoluteTimeoutMs: 2 * MINUTE };
    expect(() => definePolicy({ ...short, allowShortWarning: true })).toThrow('allowShortAbsoluteTimeout');
    expect(() => definePolicy({ ...short, allowShortAbsoluteTimeout: true })).toThrow('allowShortWarning');
    expect(
      definePolicy({ ...short, allowShortWarning: true, allowShortAbsoluteTimeout: true }),
    ).toMatchObject(short);
  });
});

describe('messages', () => {
  const broken = { idleTimeoutMs: MINUTE, warnBeforeMs: MINUTE };

  test('name each field as the input has it', () => {
    expect(() => definePolicy(broken)).toThrow(
      'warnBeforeMs (60000 ms) must be under idleTimeoutMs (60000 ms)',
    );
    expect(() => definePolicy({ idleTimeoutMs: HOUR, absoluteTimeoutMs: 2 * HOUR })).toThrow(
      /^absoluteTimeoutMs \(7200000 ms\) must be at least 10 × idleTimeoutMs \(3600000 ms\)/,
    );
  });

  test('say what is no field, and no name, to a caller without types', () => {
    const making = (input: object) => () => definePolicy(input);
    expect(making({ idleTimeout: MINUTE })).toThrow('idleTimeout is no field of a policy');
    expect(making({ name: ['pci-dss'] })).toThrow('name must be 1 to 64 letters');
  });

  test('or as the caller spells it', () => {
    expect(() => definePolicy(broken, (field) => `--${field}`)).toThrow(
      '--warnBeforeMs (60000 ms) must be under --idleTimeoutMs (60000 ms)',
    );
  });
});

describe('presets', () => {
  test.each([
    ['pci-dss', 15 * MINUTE, Number.POSITIVE_INFINITY],
    ['nist-aal2', HOUR, 24 * HOUR],
    ['nist-aal3', 15 * MINUTE, 12 * HOUR],
  ] as const)('%s keeps within its standard, the lateness of a touch included', (name, idle, overall) => {
    const policy = definePolicy({ name, ...PRESETS[name] });
    expect(policy.name).toBe(name);
    expect(policy.idleTimeoutMs + policy.touchIntervalMs).toBeLessThanOrEqual(idle);
    expect(policy.absoluteTimeoutMs).toBeLessThanOrEqual(overall);
  });

  type Field = 'idleTimeoutMs' | 'touchIntervalMs' | 'absoluteTimeoutMs';
  test.each<[keyof typeof PRESETS, Field, number]>([
    ['pci-dss', 'idleTimeoutMs', 14 * MINUTE],
    ['pci-dss', 'touchIntervalMs', MINUTE],
    ['nist-aal2', 'idleTimeoutMs', 59 * MINUTE],
    ['nist-aal2', 'touchIntervalMs', MINUTE],
    ['nist-aal2', 'absoluteTimeoutMs', 24 * HOUR],
    ['nist-aal3', 'idleTimeoutMs', 14 * MINUTE],
    ['nist-aal3', 'touchIntervalMs', MINUTE],
    ['nist-aal3', 'absoluteTimeoutMs', 12 * HOUR],
  ])('%s does not give its name to a policy whose %s is over the limit, to the ms', (name, field, most) => {
    const named = (value: number) => definePolicy({ name, ...PRESETS[name], [field]: value });
    expect(named(most - 1)[field]).toBe(most - 1);
    expect(named(most)[field]).toBe(most);
    const refused = new RegExp(`${field}.* must not be over .*(?:PCI DSS|NIST).* called ${name}`);
    expect(() => named(most + 1)).toThrow(refused);
    const { name: other } = definePolicy({ ...PRESETS[name], [field]: most + 1 });
    expect(other).toBe('default');
  });

  test('PCI DSS sets no absolute limit', () => {
    const absoluteTimeoutMs = 30 * 24 * HOUR;
    expect(definePolicy({ name: 'pci-dss', ...PRESETS['pci-dss'], absoluteTimeoutMs })).toMatchObject({
      name: 'pci-dss',
      absoluteTimeoutMs,
    });
  });

  test('there is no other', () => {
    expect(Object.keys(PRESETS)).toEqual(['pci-dss', 'nist-aal2', 'nist-aal3']);
  });
});

/** What raises the alarms that compare with a number. Each is named as its alarm, and has its chapter in the runbook. */
export interface AlarmThresholds {
  /** Percent of the sign-ins of five minutes that came back, of which more failed. @default 50 */
  readonly FailedSignIns?: number | undefined;
  /** Percent of the sign-ins of an hour that came back, of which more failed. @default 50 */
  readonly FailedSignInsOverHour?: number | undefined;
  /** Percent of the sign-ins that began in a quarter of an hour, of which fewer made a session. @default 10 */
  readonly UnfinishedSignIns?: number | undefined;
  /** Percent of the sign-ins that began in three hours, of which fewer made a session. @default 10 */
  readonly UnfinishedSignInsOverHours?: number | undefined;
  /** Percent of the invocations of the auth function in an hour, of which more were lost. @default 5 */
  readonly SignInCrashes?: number | undefined;
  /** Percent of the invocations of the session function in an hour, of which more were lost. @default 5 */
  readonly SessionCrashes?: number | undefined;
  /** Requests of an hour with an origin secret that is not accepted: more of them. @default 2 */
  readonly WrongOriginSecrets?: number | undefined;
  /** Requests of a minute that the table throttled: more of them, in two minutes. @default 0 */
  readonly Throttled?: number | undefined;
  /** 5xx of the API in a minute: more of them, in three minutes. With `httpApi`, those of your own routes too. @default 5 */
  readonly ServerErrors?: number | undefined;
  /** Requests of five minutes with a cookie that no session has: more of them. @default 1,000 */
  readonly GuessedSessions?: number | undefined;
  /** How long an expired session waits to be ended, ms: longer, in three of five sweeps. @default three times `sweepInterval` */
  readonly LateEndings?: number | undefined;
  /** Failures of the sweep in a period of `sweepInterval`: more of them, in three of five periods. @default 0 */
  readonly SweepFails?: number | undefined;
  /** How far the clock of a function is from the table’s, ms: farther, in three periods. @default 1,000 */
  readonly ClockSkew?: number | undefined;
  /** How far the events are behind the table, ms: farther, for three minutes. @default 60,000 */
  readonly StreamBehind?: number | undefined;
  /** The same, beyond what a peak explains, ms. @default 900,000 */
  readonly StreamStalled?: number | undefined;
  /** Messages about records that were not announced: more of them. @default 0 */
  readonly FailedEvents?: number | undefined;
}

/** Name of an alarm. The last three are raised by silence, with which no number compares. */
export type AlarmName = keyof AlarmThresholds | 'SweepSilent' | 'SweepMissing' | 'StreamSilent';

/** Types that a test looks into. Nothing here ever runs. */
interface Inner {
  readonly refused?: string;
}
interface Taken {
  readonly admitted?: string | undefined;
  readonly anything?: unknown;
  readonly needed: string;
  readonly inner?: Inner | undefined;
  readonly callback?: ((told: { readonly byUs?: string }) => void) | undefined;
}
/** What it answers is no option. */
export declare function take(
  taken: Taken,
  rest?: Partial<Record<'all', string>>,
): { readonly answer?: string };
export declare class Client {
  constructor(options: { readonly refused?: boolean });
  ask(how: { readonly refused?: number }): void;
  private keep(how: { readonly hidden?: number }): void;
}
export interface FrameProps {
  readonly refused?: 'a' | 'b';
}

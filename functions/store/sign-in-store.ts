/** Which sign-ins were finished. The method throws `ERR_STORE_UNAVAILABLE` as the other ports' do. */
export interface SignInStore {
  /** Notes that a sign-in is finished. Of several attempts with one state, one is the first: `false` to the others. */
  finishSignIn(finished: FinishedSignIn): Promise<boolean>;
}

/** A sign-in that somebody came back from, with their identity proven. */
export interface FinishedSignIn {
  /** OAuth `state`, as the browser brought it. */
  readonly state: string;
  /** Random, of this attempt: a write whose reply was lost is the same attempt when it is tried again. */
  readonly attempt: string;
  /** When the sign-in began, epoch ms. No longer than it may take from then on is the note needed. */
  readonly startedAt: number;
}

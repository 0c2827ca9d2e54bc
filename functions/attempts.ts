/**
 * How long one attempt at a service of AWS may take, ms. Lambda gives a function processor time in proportion to its
 * memory, and a first request is made while the SDK still starts: with a processor that ran 29 of 100 ms (512 MB) it took up to
 * 420 ms, with 7 of 100 (128 MB, what Lambda gives a guarded handler unless told otherwise) 1,200.
 */
export const ATTEMPT_TIMEOUT_MS = 1_300;

/**
 * How long a connection may take, ms. A busy processor notices late that one is made: with 7 of 100 ms after 230. Less than
 * an attempt may take, so that an address that does not answer is given up first.
 */
export const CONNECT_TIMEOUT_MS = 1_000;

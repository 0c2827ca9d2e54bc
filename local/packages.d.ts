/** What is used of a package that brings no types. */
declare module 'dynalite' {
  import type { Server } from 'node:http';
  /** Times in ms that an operation on a table takes. @default 500 */
  export default function dynalite(options: { createTableMs: number }): Server;
}

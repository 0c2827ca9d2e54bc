/** Something that runs until it is closed. */
export interface Part {
  close(): Promise<unknown>;
}

/** The parts that run, closed in the opposite order, each however the others fared. */
export class Parts implements Part {
  private readonly running: Part[] = [];

  /** @returns the part */
  add<T extends Part>(part: T): T {
    this.running.push(part);
    return part;
  }

  async close(): Promise<void> {
    for (const part of this.running.splice(0).reverse()) await part.close().catch(() => undefined);
  }
}

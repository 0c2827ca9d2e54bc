/** An engine that can't be used: what is missing, why it is needed, and what to do. */
export class EngineError extends Error {}

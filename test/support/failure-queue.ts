import type { FailureNote, FailureQueue } from '../../functions/publish/failure-queue.ts';

/** A failure queue that keeps its notes, as often as they were sent. */
export interface FailureQueueDouble extends FailureQueue {
  readonly notes: FailureNote[];
}

/** @param takes whether the queue takes a note, asked once for each. @default it takes each */
export function createFailureQueueDouble(
  takes: (note: FailureNote) => boolean = () => true,
): FailureQueueDouble {
  const notes: FailureNote[] = [];
  return {
    notes,
    async send(sent) {
      const rejected = sent.filter((note) => !takes(note));
      notes.push(...sent.filter((note) => !rejected.includes(note)));
      return new Map(rejected.map((note) => [note, new Error('out of reach')]));
    },
  };
}

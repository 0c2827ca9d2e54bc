/**
 * Activity that no event shows in a page or its frames of the same origin: in other frames, and watching a video. What is left is for
 * `session.reportActivity()` (something happened) and `session.holdActive(promise)` (something goes on).
 *
 * @module
 */

export { type FrameOptions, reportActivityTo, takeActivityFrom } from './frames.ts';
export { type MediaOptions, watchMedia } from './media.ts';

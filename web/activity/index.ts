/**
 * Activity that the events of a page's own document do not show: in its frames, and watching a video. What is left is for
 * `session.reportActivity()` (something happened) and `session.holdActive(promise)` (something goes on).
 *
 * @module
 */

export { type FrameOptions, reportActivityTo, takeActivityFrom, watchFrames } from './frames.ts';
export { type MediaOptions, watchMedia } from './media.ts';

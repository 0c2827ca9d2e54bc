/** A `Sec-Purpose` of which the user sees what comes: not a page that is prefetched or prerendered, which may never be shown. */
export const NOT_AHEAD = /^(?!.*(?:prefetch|prerender))/is;

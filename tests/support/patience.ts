/** In milliseconds: enough on a busy machine, and shorter than Jest's limit, so that the error names the event. */
export const PATIENCE_MS = 60_000

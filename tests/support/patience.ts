/**
 * The limit of a test that waits for an event, in milliseconds. Only a failure reaches it, so that a busy machine does not. Shorter
 * than Jest's limit, so that the error names what the test waited for.
 */
export const PATIENCE_MS = 60_000

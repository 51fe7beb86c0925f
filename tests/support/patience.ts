/**
 * How long a test waits for what comes, in milliseconds: only a failure takes as long, so a machine that does ten things at
 * once is none. Less than Jest's own limit, so that what was waited for is named.
 */
export const PATIENCE_MS = 60_000

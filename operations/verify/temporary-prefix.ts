/** A later run deletes what has this prefix. */
export const TEMPORARY_PREFIX = 'agent-identity-verify-'

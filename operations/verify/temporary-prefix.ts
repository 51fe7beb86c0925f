/** In front of the name of everything that `verify` makes, and of nothing else: a later run deletes what it finds by it. */
export const TEMPORARY_PREFIX = 'agent-identity-verify-'

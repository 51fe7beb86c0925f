/** The prefix of all resources of `verify`, and of no others: a later run deletes everything with it. */
export const TEMPORARY_PREFIX = 'agent-identity-verify-'

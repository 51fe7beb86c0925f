/** The stack cannot start as requested. The message is for the user. */
export class LocalStackError extends Error {
  override name = 'LocalStackError'
}

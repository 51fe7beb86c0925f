/** The message is for the user. */
export class LocalStackError extends Error {
  override name = 'LocalStackError'
}

/** The stack cannot start as it was asked to. The message is one sentence for whoever asked. */
export class LocalStackError extends Error {
  override name = 'LocalStackError'
}

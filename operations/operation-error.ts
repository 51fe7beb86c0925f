/** The message is for the operator, and is printed without a stack trace. */
export class OperationError extends Error {
  override name = 'OperationError'
}

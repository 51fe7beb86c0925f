/** Why a command cannot do its work. The message is one sentence for the operator, and is printed without a stack trace. */
export class OperationError extends Error {
  override name = 'OperationError'
}

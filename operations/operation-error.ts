/** Why a command cannot do its work. The message is one sentence that says what to do. */
export class OperationError extends Error {
  override name = 'OperationError'
}

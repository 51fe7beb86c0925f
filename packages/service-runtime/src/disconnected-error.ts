/** The connection may not be used, above all because its user has ended it: the call to its vendor was not begun, or was aborted. */
export class DisconnectedError extends Error {
  override name = 'DisconnectedError'
}

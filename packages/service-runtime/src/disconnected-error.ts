/** The connection may not be used: the call to its vendor was not begun, or was aborted. */
export class DisconnectedError extends Error {
  override name = 'DisconnectedError'
}

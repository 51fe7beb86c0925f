/** The user has disconnected the account: the call to its vendor was not begun, or is broken off. */
export class DisconnectedError extends Error {
  override name = 'DisconnectedError'
}

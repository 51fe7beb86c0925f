/** Thrown when a call to the vendor was not begun. It is also the reason with which a call under way is aborted. */
export class DisconnectedError extends Error {
  override name = 'DisconnectedError'
}

/** The connection could not be read: its user may not have disconnected. */
export class UnreadConnectionError extends DisconnectedError {
  override name = 'UnreadConnectionError'
}

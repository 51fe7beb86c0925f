/** No connection allows the call to the vendor: the call was not begun, or it is aborted with this error as the reason. */
export class DisconnectedError extends Error {
  override name = 'DisconnectedError'
}

/** The connection could not be read: its user may not have disconnected. */
export class UnreadConnectionError extends DisconnectedError {
  override name = 'UnreadConnectionError'
}

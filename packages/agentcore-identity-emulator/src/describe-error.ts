/**
 * Other properties of an error may contain the input. An error is recognized by its shape and not by its class, because a test runner's
 * realm has another Error.
 */
export const describeBug = (error: unknown) => String(Object(error).stack ?? typeof error)

export function describeCause(cause: unknown): string {
  const messages: string[] = []
  for (let error = Object(cause); typeof error.message === 'string'; error = Object(error.cause)) {
    messages.push(error.message)
  }
  return messages.join(': ')
}

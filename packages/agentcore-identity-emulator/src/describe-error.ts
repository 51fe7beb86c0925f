/**
 * What may be logged of an error. Not its other properties: some carry the input they choked on. By shape and not by
 * class: a test runner's realm has an Error of its own.
 */
export const describeBug = (error: unknown) => String(Object(error).stack ?? typeof error)

/** Messages only, of an error and its causes: they hold addresses and reasons, never a body. */
export function describeCause(cause: unknown): string {
  const messages: string[] = []
  for (let error = Object(cause); typeof error.message === 'string'; error = Object(error.cause)) {
    messages.push(error.message)
  }
  return messages.join(': ')
}

/** Other properties may contain the input. An error is recognized by its shape: a test runner's realm has another Error class. */
export const describeBug = (error: unknown) => String(Object(error).stack ?? typeof error)

export function describeCause(cause: unknown): string {
  const messages: string[] = []
  for (let error = Object(cause); typeof error.message === 'string'; error = Object(error.cause)) {
    messages.push(error.message)
  }
  return messages.join(': ')
}

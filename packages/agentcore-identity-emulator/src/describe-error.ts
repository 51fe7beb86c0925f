/** Only the stack: other properties may contain the input. `instanceof` would miss errors of a test runner's realm. */
export const describeBug = (error: unknown) => String(Object(error).stack ?? typeof error)

export function describeCause(cause: unknown): string {
  const messages: string[] = []
  for (let error = Object(cause); typeof error.message === 'string'; error = Object(error.cause)) {
    messages.push(error.message)
  }
  return messages.join(': ')
}

/**
 * A pure function that remembers what it has answered, to `limit` different questions; then it forgets all of them, so that
 * neither its memory grows nor anything is in it for long.
 */
export function remembered<Answer>(limit: number, answer: (question: string) => Answer): (question: string) => Answer {
  const known = new Map<string, Answer>()
  return (question) => {
    const again = known.get(question)
    if (again !== undefined) return again
    const answered = answer(question)
    if (known.size >= limit) known.clear()
    known.set(question, answered)
    return answered
  }
}

/**
 * A memoized pure function. After `limit` different arguments it clears its cache, so that its memory is bounded and no entry
 * stays for long.
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

/** Calls during a reading share one reading after it. It begins also when the reading before it has failed. */
export function sharedReading<Answer>(read: () => Promise<Answer>): () => Promise<Answer> {
  let reading: Promise<Answer> | undefined
  let next: Promise<Answer> | undefined

  return function update(): Promise<Answer> {
    if (reading === undefined) {
      reading = read().finally(() => {
        reading = undefined
      })
      return reading
    }
    const again = () => {
      next = undefined
      return update()
    }
    next ??= reading.then(again, again)
    return next
  }
}

const GONE = ['ResourceNotFoundException', 'UserNotFoundException']

/** The resource may be gone: another run has removed it, or it was never created. */
export async function removeIfThere(remove: () => Promise<unknown>): Promise<void> {
  await remove().catch((error: Error) => {
    if (!GONE.includes(error.name)) throw error
  })
}

/**
 * Removes things in the opposite order of their creation. Each is tried once, also after others have failed.
 *
 * @returns how many removals failed; a list of clients that could not be read counts as one
 */
export async function removeAll(undo: (() => Promise<unknown>)[]): Promise<number> {
  let left = 0
  for (const one of undo.splice(0).reverse())
    await removeIfThere(one).catch((error: Error) => {
      left += error instanceof AggregateError ? error.errors.length : 1
    })
  return left
}

const GONE = ['ResourceNotFoundException', 'UserNotFoundException']

/** Another run may have removed the resource since it was listed. */
export async function removeIfThere(remove: () => Promise<unknown>): Promise<void> {
  await remove().catch((error: Error) => {
    if (!GONE.includes(error.name)) throw error
  })
}

/**
 * Removes things in the opposite order of their creation. Each is tried once, also after others have failed.
 *
 * @returns how many things could not be removed
 */
export async function removeAll(undo: (() => Promise<unknown>)[]): Promise<number> {
  let left = 0
  for (const one of undo.splice(0).reverse())
    await removeIfThere(one).catch((error: Error) => {
      left += error instanceof AggregateError ? error.errors.length : 1
    })
  return left
}

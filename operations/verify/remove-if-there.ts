const GONE = ['ResourceNotFoundException', 'UserNotFoundException']

/** Another run may have removed it since it was listed. */
export async function removeIfThere(remove: () => Promise<unknown>): Promise<void> {
  await remove().catch((error: Error) => {
    if (!GONE.includes(error.name)) throw error
  })
}

/** Waits for something that nobody tells of, at most 15 s. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 15_000; !(await holds()); ) {
    if (Date.now() > deadline) throw new Error('It has not come to that within 15 s')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

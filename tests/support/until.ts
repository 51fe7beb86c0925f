/** Waits for something that nobody tells of, at most 45 s if nothing else is said. */
export async function until(holds: () => Promise<boolean>, seconds = 45): Promise<void> {
  for (const deadline = Date.now() + seconds * 1_000; !(await holds()); ) {
    if (Date.now() > deadline) throw new Error(`Not within ${seconds} s: ${holds}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

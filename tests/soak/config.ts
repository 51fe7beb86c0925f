/** `SOAK_FLOWS`: flows, or steps of disconnecting. `SOAK_SEED` repeats the random choices, though not their times. */
export const config = {
  flows: Number(process.env.SOAK_FLOWS ?? 1_000),
  propertyRuns: Number(process.env.SOAK_PROPERTY_RUNS ?? 1_000),
  seed: Number(process.env.SOAK_SEED ?? Date.now() % 1_000_000),
}

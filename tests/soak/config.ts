/** `SOAK_FLOWS`, `SOAK_PROPERTY_RUNS` and `SOAK_SEED`: the numbers of runs, and the seed for repeating them. */
export const config = {
  flows: Number(process.env.SOAK_FLOWS ?? 1_000),
  propertyRuns: Number(process.env.SOAK_PROPERTY_RUNS ?? 1_000),
  seed: Number(process.env.SOAK_SEED ?? Date.now() % 1_000_000),
}

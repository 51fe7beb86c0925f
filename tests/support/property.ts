const numRuns = Number(process.env.PROPERTY_RUNS ?? 200)

/** The same commands every time. `PROPERTY_SEED` and `PROPERTY_RUNS` search further. */
export const PROPERTY = {
  seed: Number(process.env.PROPERTY_SEED ?? 20_261_125),
  numRuns,
  timeoutMs: Math.max(900_000, numRuns * 1_000),
  isDefault: process.env.PROPERTY_SEED === undefined && process.env.PROPERTY_RUNS === undefined,
}

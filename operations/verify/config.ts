/** Where `scripts/run.mjs` has found a Chromium. */
export const chromiumPath = (): string | undefined => process.env.CHROMIUM_PATH

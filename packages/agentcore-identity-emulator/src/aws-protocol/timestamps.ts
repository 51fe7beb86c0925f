/** Access to the source text in JSON.parse (ECMAScript, Node ≥ 21), which TypeScript's library does not declare yet. */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): object }

/**
 * Timestamps are epoch seconds with milliseconds, and the live service writes them in scientific notation:
 * `1.790584112943E9` (lengths recorded 2026-09-28). An ISO string makes the JavaScript SDK throw.
 */
export const epochSeconds = (milliseconds: number) => rawJSON((milliseconds / 1000).toExponential().replace('e+', 'E'))

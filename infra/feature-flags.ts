import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The CLI reads cdk.json itself; this is for synthesis without the CLI. */
export const featureFlags = (): Record<string, unknown> =>
  JSON.parse(readFileSync(join(import.meta.dirname, '../cdk.json'), 'utf8')).context

import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The CLI reads them from cdk.json; so does everything that synthesizes without it. */
export const featureFlags = (): Record<string, unknown> =>
  JSON.parse(readFileSync(join(import.meta.dirname, '../cdk.json'), 'utf8')).context

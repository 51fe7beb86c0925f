import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The CLI reads them from cdk.json; so do programs that synthesize without the CLI. */
export const featureFlags = (): Record<string, unknown> =>
  JSON.parse(readFileSync(join(import.meta.dirname, '../cdk.json'), 'utf8')).context

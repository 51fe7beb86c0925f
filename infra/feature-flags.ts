import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** For synthesis without the CLI, which reads cdk.json itself. */
export const featureFlags = (): Record<string, unknown> =>
  JSON.parse(readFileSync(join(import.meta.dirname, '../cdk.json'), 'utf8')).context

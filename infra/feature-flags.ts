import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The context of cdk.json, for synthesis without the CLI, which reads that file itself. */
export const featureFlags = (): Record<string, unknown> =>
  JSON.parse(readFileSync(join(import.meta.dirname, '../cdk.json'), 'utf8')).context

/** In the names of the bootstrap's resources (CDK developer guide, bootstrapping-customizing). */
export const bootstrapQualifier = (flags = featureFlags()): string =>
  String(flags['@aws-cdk/core:bootstrapQualifier'] ?? 'hnb659fds')

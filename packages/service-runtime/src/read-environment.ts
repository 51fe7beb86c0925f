import type { z } from 'zod'

/** The message has one mistake a line. Mistakes between variables may be found after the others are corrected. */
export class ConfigurationError extends Error {
  override name = 'ConfigurationError'
}

/**
 * An empty variable counts as absent.
 *
 * @throws ConfigurationError without values, because they may be secrets.
 */
export function readEnvironment<Schema extends z.ZodType>(
  schema: Schema,
  environment: Readonly<Record<string, string | undefined>>,
): z.infer<Schema> {
  const present = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''))
  const result = schema.safeParse(present)
  if (result.success) return result.data
  const mistakes = result.error.issues.map((issue) => {
    const name = issue.path[0]?.toString() ?? 'environment'
    return present[name] === undefined && issue.code !== 'custom' ? `${name} is missing` : `${name}: ${issue.message}`
  })
  throw new ConfigurationError(['The configuration is not complete:', ...new Set(mistakes)].join('\n  '))
}

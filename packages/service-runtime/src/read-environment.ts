import type { z } from 'zod'

/** A configuration that cannot work. The message lists every mistake, one a line, in words an operator can act on. */
export class ConfigurationError extends Error {
  override name = 'ConfigurationError'
}

/**
 * Parses the process's environment. Empty variables count as absent: that is how task definitions and shells spell it.
 *
 * @throws ConfigurationError with all mistakes together; a value is never part of the message, it may be a secret.
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

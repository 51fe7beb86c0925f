/** The message must not contain secrets of the configuration. */
export class ConfigurationError extends Error {
  readonly problems: readonly string[]

  constructor(problems: readonly string[], options?: ErrorOptions) {
    const count = problems.length === 1 ? 'a mistake' : `${problems.length} mistakes`
    super(`The configuration has ${count}:\n- ${problems.join('\n- ')}`, options)
    this.name = 'ConfigurationError'
    this.problems = problems
  }
}

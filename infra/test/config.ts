const VARIABLE = 'SYNTHESIZED_STAGES_DIRECTORY'

export const stagesDirectory = (): string | undefined => process.env[VARIABLE]

export function handOverStages(directory: string): void {
  process.env[VARIABLE] = directory
}

export const compileCache = (): Record<string, string> =>
  process.env.NODE_COMPILE_CACHE ? { NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE } : {}

/** The CDK's built-in validation is slow. */
export const WITHOUT_RULES = { CDK_VALIDATION: 'false' } as const

/** For code in this process; `undefined` unsets a variable. */
export async function inEnvironment(
  variables: Readonly<Record<string, string | undefined>>,
  action: () => unknown,
): Promise<void> {
  const before = { ...process.env }
  const set = (values: Readonly<Record<string, string | undefined>>) => {
    for (const name of Object.keys(variables)) {
      if (values[name] === undefined) delete process.env[name]
      else process.env[name] = values[name]
    }
  }
  set(variables)
  try {
    await action()
  } finally {
    set(before)
  }
}

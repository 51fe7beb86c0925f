const VARIABLE = 'SYNTHESIZED_STAGES_DIRECTORY'

export const stagesDirectory = (): string | undefined => process.env[VARIABLE]

export function handOverStages(directory: string): void {
  process.env[VARIABLE] = directory
}

export const compileCache = (): Record<string, string> =>
  process.env.NODE_COMPILE_CACHE ? { NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE } : {}

/** The CDK's built-in validation is slow. */
export const WITHOUT_RULES = { CDK_VALIDATION: 'false' } as const

const VARIABLE = 'SYNTHESIZED_STAGES_DIRECTORY'

/** The directory with the templates from `global-setup.ts`. */
export const stagesDirectory = (): string | undefined => process.env[VARIABLE]

export function handOverStages(directory: string): void {
  process.env[VARIABLE] = directory
}

/** A command starts faster with code that an earlier process has compiled. */
export const compileCache = (): Record<string, string> =>
  process.env.NODE_COMPILE_CACHE ? { NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE } : {}

/** Leaves out the CDK's built-in validation, which is slow. */
export const WITHOUT_RULES = { CDK_VALIDATION: 'false' } as const

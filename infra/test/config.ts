const VARIABLE = 'SYNTHESIZED_STAGES_DIRECTORY'

/** The directory with the templates from `global-setup.ts`, for every worker of this run. */
export const stagesDirectory = (): string | undefined => process.env[VARIABLE]

export function handOverStages(directory: string): void {
  process.env[VARIABLE] = directory
}

/** What a command needs of this process's environment to start quickly: code that an earlier one has compiled. */
export const compileCache = (): Record<string, string> =>
  process.env.NODE_COMPILE_CACHE ? { NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE } : {}

/** Leaves out CloudFormation's own rules, which take most of the time of a synthesis. `global-setup.ts` applies them to every variant. */
export const WITHOUT_RULES = { CDK_VALIDATION: 'false' } as const

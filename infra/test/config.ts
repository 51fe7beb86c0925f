const VARIABLE = 'SYNTHESIZED_STAGES_DIRECTORY'

/** Where `global-setup.ts` has written the templates, for every worker of this run. */
export const stagesDirectory = (): string | undefined => process.env[VARIABLE]

export function handOverStages(directory: string): void {
  process.env[VARIABLE] = directory
}

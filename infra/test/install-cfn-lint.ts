import { pythonEnvironment } from './python-environment.ts'

/** The npm package of the same name is something else. */
const ENVIRONMENT = pythonEnvironment('cfn-lint', '1.58.0')

export const CFN_LINT = ENVIRONMENT.program('cfn-lint')

/** @returns why it failed, or undefined */
export const installCfnLint = (): string | undefined => ENVIRONMENT.install()

import { pythonEnvironment } from '@agent-identity/infra/python-environment'

const ENVIRONMENT = pythonEnvironment('moto', '5.2.5', ['server'])

export const MOTO_PYTHON = ENVIRONMENT.program('python')

/** @returns why it failed, or undefined */
export const installMoto = (): string | undefined => ENVIRONMENT.install()

import { pythonEnvironment } from '@agent-identity/infra/python-environment'

/** A CloudFormation for tests, and the services that its resources are of. */
const ENVIRONMENT = pythonEnvironment('moto', '5.2.5', ['server'])

export const MOTO_PYTHON = ENVIRONMENT.program('python')

/** @returns why that did not work */
export const installMoto = (): string | undefined => ENVIRONMENT.install()

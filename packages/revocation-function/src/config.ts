import { RevocationFunctionEnvironment } from '@agent-identity/contracts'

/** @throws when a variable is missing or wrong. */
export const readConfig = (): RevocationFunctionEnvironment => RevocationFunctionEnvironment.parse(process.env)

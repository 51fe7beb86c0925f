import { RevocationFunctionEnvironment } from '@agent-identity/contracts'

/** @throws when a variable is missing or wrong; Lambda counts that as an error of the function. */
export const readConfig = (): RevocationFunctionEnvironment => RevocationFunctionEnvironment.parse(process.env)

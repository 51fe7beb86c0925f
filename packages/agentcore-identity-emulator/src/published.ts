/** The entry point of the published package's bundle. */
export { runCommand } from './command/run-command.ts'
export { ConfigurationError, startEmulator } from './index.ts'

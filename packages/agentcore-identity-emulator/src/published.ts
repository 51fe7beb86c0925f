/** Everything that the published package runs, in one module: its bundle has one copy of each part. */
export { runCommand } from './command/run-command.ts'
export { ConfigurationError, startEmulator } from './index.ts'

/** All code of the published package, in one module, so that its bundle has one copy of each part. */
export { runCommand } from './command/run-command.ts'
export { ConfigurationError, startEmulator } from './index.ts'

export type { Call } from './control/calls.ts'
export type { Log } from './log.ts'
export { ConfigurationError, type EmulatorOptions } from './options.ts'
export { type Emulator, startEmulator } from './start-emulator.ts'

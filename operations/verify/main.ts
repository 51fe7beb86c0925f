import { parseCommandLine } from '../command-line.ts'

const commandLine = parseCommandLine('verify', process.argv.slice(2))
process.stdout.write('help' in commandLine ? commandLine.help : 'verify is not here yet.\n')

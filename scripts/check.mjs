import { runChecks } from './checks.mjs'

process.exitCode = (await runChecks()).failed > 0 ? 1 : 0

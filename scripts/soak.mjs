/** `npm run soak`: the tests that take minutes each, `*.soak.ts`. */
import { report, runJest } from './jest.mjs'

report(await runJest([...process.argv.slice(2), '--selectProjects=soak']))

/** `npm run soak`: `*.soak.ts`. `npm run soak -- mutation [module …]`: whether the unit tests detect changes of the code. */
import { report, runJest } from './jest.mjs'

const [first, ...rest] = process.argv.slice(2)
if (first === 'mutation') {
  const { runMutations } = await import('./mutation/run.mjs')
  report(await runMutations(rest))
} else report(await runJest([...process.argv.slice(2), '--selectProjects=soak']))

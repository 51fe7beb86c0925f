import type { Settings } from '../report/benchmark.ts'
import type { BenchStack } from '../support/bench-stack.ts'

export async function measureApache(_stack: BenchStack, _settings: Pick<Settings, 'quick' | 'say'>) {
  return { skipped: 'TODO' }
}

import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

export interface Usage {
  /** User and system time of all threads since the start. */
  cpuSeconds: number
  residentMiB: number
}

/** Linux counts in ticks of 1/100 s (`getconf CLK_TCK`), wherever Node runs. */
const TICKS_PER_SECOND = 100

export async function usageOf(pid: number): Promise<Usage> {
  if (process.platform !== 'linux') return fromPs(pid)
  const [stat, status] = await Promise.all([
    readFile(`/proc/${pid}/stat`, 'utf8'),
    readFile(`/proc/${pid}/status`, 'utf8'),
  ])
  // The name, in parentheses, may contain spaces; utime and stime are the 14th and 15th fields (proc(5)).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
    residentMiB: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1_024,
  }
}

async function fromPs(pid: number): Promise<Usage> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=,time=', '-p', String(pid)])
  const [kibibytes, time = ''] = stdout.trim().split(/\s+/)
  const cpuSeconds = time.split(':').reduce((sum, part) => sum * 60 + Number(part), 0)
  return { cpuSeconds, residentMiB: Number(kibibytes) / 1_024 }
}

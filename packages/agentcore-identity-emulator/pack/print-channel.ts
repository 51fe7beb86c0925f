import { channelOf } from './release-channel.ts'

const [version = '', ...tags] = process.argv.slice(2)
process.stdout.write(`${channelOf(version, tags)}\n`)

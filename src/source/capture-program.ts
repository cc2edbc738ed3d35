// Which program captures on an interface, how it is called, and what its messages mean: names and
// texts in, arguments and plain words out. Starts nothing; capture-child.ts does.

/** A program that writes what it captures to its standard output, as pcap or pcapng. */
export type CaptureProgramName = 'dumpcap' | 'tcpdump'

/** In the order in which they are tried: the first holds its privilege most narrowly. */
export const CAPTURE_PROGRAMS: readonly CaptureProgramName[] = ['dumpcap', 'tcpdump']

export interface CaptureWish {
  /** Name of a network interface; `any` for all. */
  readonly device: string
  /** In the words of libpcap; empty for everything. */
  readonly filter: string
  /** The kernel's buffer. */
  readonly bufferMegabytes: number
}

export function captureArguments(program: CaptureProgramName, wish: CaptureWish): string[] {
  const { device, filter, bufferMegabytes } = wish
  if (program === 'dumpcap') {
    const options = ['-q', '-i', device, '-s', '0', '-B', String(bufferMegabytes)]
    return [...options, ...(filter === '' ? [] : ['-f', filter]), '-w', '-']
  }
  const options = ['-n', '-U', '-i', device, '-s', '0', '-B', String(bufferMegabytes * 1024)]
  // The filter comes last, and nothing that begins with a dash is one.
  return [...options, '-w', '-', ...(filter === '' ? [] : ['--', filter])]
}

/** What a line of a program's standard error tells; undefined for one that tells nothing. */
export type CaptureNews =
  | { readonly kind: 'open' }
  /** Packets that the kernel dropped since this run began. */
  | { readonly kind: 'drops'; readonly packets: number }

/** Reads one line. tcpdump tells drops when it gets SIGUSR1 and at its end, dumpcap at its end. */
export function readNews(line: string): CaptureNews | undefined {
  if (/listening on /.test(line)) return { kind: 'open' }
  const dropped = /(\d+) packets? dropped by kernel/.exec(line)
  if (dropped !== null) return { kind: 'drops', packets: Number(dropped[1]) }
  const summary = /received\/dropped on interface .*: \d+\/(\d+) \(/.exec(line)
  return summary === null ? undefined : { kind: 'drops', packets: Number(summary[1]) }
}

/**
 * Why a program ended, in a sentence with the remedy, from the last lines that it wrote.
 * `others` are the interfaces that there are.
 */
export function explainEnd(
  program: CaptureProgramName,
  path: string,
  lines: readonly string[],
  { device, others }: { readonly device: string; readonly others: readonly string[] },
): string {
  const told = lines.join(' ')
  if (isRefusal(lines)) return explainPrivilege(program, path)
  if (/no such device|no device named|SIOCGIFHWADDR/i.test(told)) {
    return `there is no interface ${device}; there are ${[...others, 'any'].join(', ')}`
  }
  if (/filter/i.test(told) && /syntax|parse|invalid/i.test(told)) {
    return `${program} does not understand the filter: ${lastTelling(lines)}`
  }
  return `${program} ended: ${lastTelling(lines)}`
}

/** True where a program ended because it may not capture. */
export function isRefusal(lines: readonly string[]): boolean {
  return /permission|not permitted|EACCES|EPERM/i.test(lines.join(' '))
}

/** Earshot itself needs no privilege: the program that captures is given it. */
function explainPrivilege(program: CaptureProgramName, path: string): string {
  const grant = `sudo setcap cap_net_raw,cap_net_admin+eip ${path}`
  const group =
    program === 'dumpcap'
      ? ', or "sudo usermod -aG wireshark $USER" where that group may run it, and log in again'
      : ''
  return `${program} may not capture: grant it with "${grant}"${group}`
}

export function explainMissing(): string {
  return `none of ${CAPTURE_PROGRAMS.join(', ')} is installed: sudo apt install tcpdump`
}

const NOT_TELLING = /^(?:Capturing on|File:|Packets|\d+ packets|\s*$)/

function lastTelling(lines: readonly string[]): string {
  const telling = lines.filter((line) => !NOT_TELLING.test(line))
  return telling.slice(-2).join(' ').trim() || 'it did not say why'
}

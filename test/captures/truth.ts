// In: NAME.sip.tsv, the SIP messages of a capture as tshark tells them. Out: those messages in the
// words of `earshot messages --json`. Rows inside ICMP errors are left out: they are quotations.
import { readFileSync } from 'node:fs'

/** One message, by the fields that are compared. */
export interface ComparedMessage {
  readonly tUs: number
  readonly src: string
  readonly srcPort: number
  readonly dst: string
  readonly dstPort: number
  readonly transport: string
  /** Of a response too, from its CSeq; '' where it says none. */
  readonly method: string
  readonly status: number | null
  readonly callId: string | null
}

/** Reads one table; its first line names the columns. */
export function readTruth(path: string): ComparedMessage[] {
  const [head = '', ...lines] = readFileSync(path, 'utf8').split('\n')
  const columns = head.split('\t')
  return lines
    .filter((line) => line !== '')
    .map((line) => {
      const cells = line.split('\t')
      return new Map(columns.map((column, index) => [column, cells[index] ?? '']))
    })
    .filter((row) => cell(row, 'inside_icmp') === '')
    .map(messageOf)
}

function messageOf(row: ReadonlyMap<string, string>): ComparedMessage {
  const status = cell(row, 'sip.Status-Code')
  return {
    tUs: microseconds(cell(row, 'frame.time_epoch')),
    src: cell(row, 'ip.src'),
    srcPort: Number(cell(row, 'srcport')),
    dst: cell(row, 'ip.dst'),
    dstPort: Number(cell(row, 'dstport')),
    transport: cell(row, 'transport'),
    method: cell(row, 'sip.Method') || cell(row, 'sip.CSeq.method'),
    status: status === '' ? null : Number(status),
    callId: cell(row, 'sip.Call-ID') || null,
  }
}

function cell(row: ReadonlyMap<string, string>, column: string): string {
  return row.get(column) ?? ''
}

/** `1700000000.123456789` as whole µs, what is finer cut off. */
function microseconds(epoch: string): number {
  const [seconds = '', fraction = ''] = epoch.split('.')
  return Number(seconds) * 1e6 + Number(fraction.slice(0, 6).padEnd(6, '0'))
}

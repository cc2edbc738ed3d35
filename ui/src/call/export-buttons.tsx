// Takes a call away as a file. A refusal is shown in words instead of being saved under the name of
// a capture.
import { useMutation } from '@tanstack/react-query'
import { exportUrl, fetchFile } from '../api/client.ts'
import type { ExportFormat } from '../api/client.ts'
import { ErrorNote } from '../parts/error-note.tsx'
import { saveFile } from '../parts/save-file.ts'

interface Download {
  readonly format: ExportFormat
  readonly hasMedia: boolean
  readonly label: string
  readonly tip: string
}

const DOWNLOADS: readonly Download[] = [
  {
    format: 'pcap',
    hasMedia: false,
    label: 'pcap',
    tip: 'The captured packets of its SIP, for any tool',
  },
  {
    format: 'pcap',
    hasMedia: true,
    label: 'pcap with media',
    tip: 'The same with the packets of its media: RTP and RTCP, to be played by Wireshark',
  },
  {
    format: 'pcapng',
    hasMedia: false,
    label: 'pcapng',
    tip: 'The captured packets of its SIP with nanoseconds and interfaces kept',
  },
  {
    format: 'txt',
    hasMedia: false,
    label: 'text',
    tip: 'The messages as text, to read or to mail',
  },
]

/** One button a file. */
export function ExportButtons({ callKey }: { callKey: string }) {
  const download = useMutation({
    mutationFn: async ({ format, hasMedia }: Download) => {
      const file = await fetchFile(exportUrl(callKey, format, hasMedia), `call.${format}`)
      saveFile(file)
    },
  })
  return (
    <fieldset className="exports">
      <legend>Download</legend>
      {DOWNLOADS.map((one) => (
        <button
          key={one.label}
          type="button"
          title={one.tip}
          disabled={download.isPending}
          onClick={() => download.mutate(one)}
        >
          {one.label}
        </button>
      ))}
      {download.isError && (
        <ErrorNote error={download.error} onRetry={() => download.mutate(download.variables)} />
      )}
    </fieldset>
  )
}

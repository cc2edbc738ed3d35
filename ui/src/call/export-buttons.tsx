// Takes a call away as a file. A refusal is shown in words instead of being saved under the name of
// a capture.
import { useMutation } from '@tanstack/react-query'
import { exportUrl, fetchFile } from '../api/client.ts'
import type { ExportFormat } from '../api/client.ts'
import { ErrorNote } from '../parts/error-note.tsx'
import { saveFile } from '../parts/save-file.ts'

const FORMATS: readonly { format: ExportFormat; label: string; tip: string }[] = [
  {
    format: 'pcap',
    label: 'pcap',
    tip: 'The captured packets of its SIP, for any tool; media is under Media',
  },
  { format: 'pcapng', label: 'pcapng', tip: 'The same with nanoseconds and interfaces kept' },
  { format: 'txt', label: 'text', tip: 'The messages as text, to read or to mail' },
]

/** One button a format. */
export function ExportButtons({ callKey }: { callKey: string }) {
  const download = useMutation({
    mutationFn: async (format: ExportFormat) => {
      const file = await fetchFile(exportUrl(callKey, format), `call.${format}`)
      saveFile(file)
    },
  })
  return (
    <fieldset className="exports">
      <legend>Download</legend>
      {FORMATS.map(({ format, label, tip }) => (
        <button
          key={format}
          type="button"
          title={tip}
          disabled={download.isPending}
          onClick={() => download.mutate(format)}
        >
          {label}
        </button>
      ))}
      {download.isError && (
        <ErrorNote error={download.error} onRetry={() => download.mutate(download.variables)} />
      )}
    </fieldset>
  )
}

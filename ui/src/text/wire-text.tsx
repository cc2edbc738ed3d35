// Shows text that came over the wire: as text, in its own direction, with nothing hidden.
import { piecesOf, visible } from './visible.ts'

/** Beyond this many hidden characters, marking each costs more than it tells. */
const MARKS_MAX = 400

/** Text from a message. Hidden characters appear as small marked numbers. */
export function WireText({ text }: { text: string }) {
  const pieces = piecesOf(text)
  if (pieces.length > MARKS_MAX) return <bdi>{visible(text)}</bdi>
  return (
    <bdi className="wire">
      {pieces.map((piece, index) =>
        piece.code === undefined ? (
          piece.text
        ) : (
          <span key={index} className="hidden-character" title="a character that does not show">
            {piece.code}
          </span>
        ),
      )}
    </bdi>
  )
}

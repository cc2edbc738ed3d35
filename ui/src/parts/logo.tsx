// The mark beside the name.

/** An ear, in one colour of the text around it. */
export function Logo() {
  return (
    <svg className="logo" viewBox="0 0 32 32" width="20" height="20" aria-hidden="true">
      <rect width="32" height="32" rx="7" className="logo-ground" />
      <g fill="none" stroke="#fff" strokeWidth="2.600" strokeLinecap="round">
        <path d="M9 21a9.500 9.500 0 1 1 14-1.500" />
        <path d="M13 19.500a4.600 4.600 0 1 1 6.400-.700" />
      </g>
      <circle cx="16" cy="24.500" r="2.200" fill="#fff" />
    </svg>
  )
}

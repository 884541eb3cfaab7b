/** Names of members that are not known exactly. */

/** Any element, or a member whose name is computed. */
export const any = "[…]"

/** Values of a map. */
export const held = "(value)"

/** Keys of a map. */
export const heldBy = "(key)"

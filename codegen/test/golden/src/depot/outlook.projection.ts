/** Orders against stock. Pure: times and ids come in `origin`. */
import { Fold } from "eventfold/generated"
import { Outlook, type OutlookKey, type OutlookRow } from "./generated/outlook.ts"

// Write each handler: take the row (`undefined` if there is none) and the event, return the next row, or `undefined`
// to delete it.
// Under `keys`, return for each aggregate the key of the row that an event belongs to, or an array of keys.
export const project = Outlook.project({
  keys: {
    Stock: (_event, _origin): OutlookKey => Fold.notWritten("Outlook.keys Stock"),
    Order: (_event, _origin): OutlookKey => Fold.notWritten("Outlook.keys Order")
  },
  on: {
    StockMoved: (_row, _event, _origin, _key): OutlookRow | undefined => Fold.notWritten("Outlook.project StockMoved"),
    OrderPlaced: (_row, _event, _origin, _key): OutlookRow | undefined => Fold.notWritten("Outlook.project OrderPlaced")
  }
})

/** Keeps, across restarts, from where on a manager reads the log. */
import { Context, Effect, FileSystem, Layer, Path, Schema } from "effect"
import { Checkpoint } from "eventfold"

const Json = Schema.fromJsonString(Checkpoint.Checkpoint)

/**
 * Keeps the checkpoint of a manager.
 *
 * It only saves reading. Without it, or with one that is behind, events are delivered once more,
 * which changes nothing.
 */
export class Bookmark extends Context.Service<
  Bookmark,
  {
    /**
     * Returns the checkpoint that was saved, or the beginning of the log if none of this log was.
     */
    readonly load: (storeId: string) => Effect.Effect<Checkpoint.Checkpoint>
    readonly save: (checkpoint: Checkpoint.Checkpoint) => Effect.Effect<void>
  }
>()("orders/Bookmark") {
  /** In a file of its own, for one manager. */
  static readonly layer = (file: string): Layer.Layer<Bookmark, never, FileSystem.FileSystem | Path.Path> =>
    Layer.effect(
      this,
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const path = yield* Path.Path
        let saved = -1

        const load = Effect.fn("Bookmark.load")(function* (storeId: string) {
          const beginning = Checkpoint.beginning(storeId)
          if (!(yield* fs.exists(file))) return beginning
          const kept = yield* Effect.flatMap(fs.readFileString(file), Schema.decodeEffect(Json))
          if (kept.storeId === storeId) return kept
          yield* Effect.logWarning(`${file} is of another log; this one is read from its beginning`)
          return beginning
        })

        const save = Effect.fn("Bookmark.save")(function* (checkpoint: Checkpoint.Checkpoint) {
          if (checkpoint.position === saved) return
          yield* fs.makeDirectory(path.dirname(file), { recursive: true })
          // Whole or not at all: a process may end at any point.
          yield* fs.writeFileString(`${file}.new`, yield* Schema.encodeEffect(Json)(checkpoint))
          yield* fs.rename(`${file}.new`, file)
          saved = checkpoint.position
        }, Effect.uninterruptible)

        return {
          load: (storeId) =>
            Effect.catch(load(storeId), (error) =>
              Effect.as(
                Effect.logWarning(`${file} can't be read; the log is read from its beginning`, error),
                Checkpoint.beginning(storeId)
              )
            ),
          save: (checkpoint) =>
            Effect.catch(save(checkpoint), (error) => Effect.logWarning(`${file} can't be written`, error))
        }
      })
    )
}

package org.adjoint.layers.train;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.adjoint.layers.io.Checkpoint;
import org.adjoint.layers.io.CheckpointException;
import org.adjoint.tensor.ArgumentException;
import org.jspecify.annotations.Nullable;

/**
 * Saves after every epoch into a folder: {@code state-0007.safetensors}, from which {@link
 * Trainer#resume} goes on, the newest few of them; and {@code best.safetensors}, the model of the
 * best epoch.
 */
public final class Checkpoints implements TrainingListener {
  /** The name of the best model's file. */
  public static final String BEST = "best.safetensors";

  private static final String STATES = "state-[0-9]*.safetensors";

  private final Path folder;
  private final int last;
  private final Monitor monitor;
  private @Nullable Trainer trainer;

  /**
   * Creates the listener.
   *
   * @param folder that exists
   * @param last how many states to keep, 0 or more
   * @param monitor what tells the best
   * @throws ArgumentException if the number is negative
   */
  public Checkpoints(Path folder, int last, Monitor monitor) {
    if (last < 0) {
      throw new ArgumentException("checkpoints", "last", last, "it must be 0 or more");
    }
    this.folder = folder;
    this.last = last;
    this.monitor = monitor;
  }

  /** Returns the newest state of a folder, or null if there is none. */
  public static @Nullable Path latest(Path folder) {
    List<Path> all = states(folder);
    return all.isEmpty() ? null : all.getLast();
  }

  @Override
  public void onAttach(Trainer to) {
    trainer = to;
  }

  @Override
  public void onEpoch(Progress progress, EpochResult result) {
    Trainer t = trainer;
    if (t == null) {
      return;
    }
    if (monitor.best(t.results, 0) == result.epoch()) {
      Checkpoint.save(
          folder.resolve(BEST),
          t.task().network(),
          Map.of(
              "epoch",
              String.valueOf(result.epoch()),
              monitor.toString(),
              String.valueOf(monitor.of(result))));
    }
    if (last > 0) {
      t.save(folder.resolve("state-%04d.safetensors".formatted(result.epoch())));
      List<Path> all = states(folder);
      for (Path old : all.subList(0, Math.max(0, all.size() - last))) {
        delete(old);
      }
    }
  }

  /** From old to new; a longer number is a newer one. */
  private static List<Path> states(Path folder) {
    List<Path> all = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, STATES)) {
      files.forEach(all::add);
    } catch (IOException e) {
      throw new CheckpointException("checkpoints", folder.toString(), e, "it cannot be listed");
    }
    all.sort(
        (a, b) -> {
          int longer = Integer.compare(a.toString().length(), b.toString().length());
          return longer != 0 ? longer : a.compareTo(b);
        });
    return all;
  }

  private static void delete(Path old) {
    try {
      Files.deleteIfExists(old);
    } catch (IOException e) {
      throw new CheckpointException("checkpoints", old.toString(), e, "it cannot be removed");
    }
  }
}
